package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Expression.ColumnReference;
import io.datrang.server.request.Expression.Constant;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Select;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A SELECT of columns of one table whose condition says nothing but which values some columns have,
 * and few of them: what a lookup by key is.
 *
 * @param conditions all of which hold; exactly the SELECT's
 * @param columns names of the outputs
 */
public record NarrowSelect(List<Predicate.In> conditions, List<String> columns) {
  private static final int VALUES_MAX = 16;

  private static final Set<StorageKind> INTEGERS =
      EnumSet.of(StorageKind.INT2, StorageKind.INT4, StorageKind.INT8);

  /** How columns are kept that an equality compares by what is kept, by the operator's types. */
  private static final Map<String, Set<StorageKind>> EQUALITIES =
      Map.ofEntries(
          Map.entry("=(int2,int2)", INTEGERS),
          Map.entry("=(int2,int4)", INTEGERS),
          Map.entry("=(int2,int8)", INTEGERS),
          Map.entry("=(int4,int2)", INTEGERS),
          Map.entry("=(int4,int4)", INTEGERS),
          Map.entry("=(int4,int8)", INTEGERS),
          Map.entry("=(int8,int2)", INTEGERS),
          Map.entry("=(int8,int4)", INTEGERS),
          Map.entry("=(int8,int8)", INTEGERS),
          Map.entry("=(text,text)", Set.of(StorageKind.TEXT)),
          Map.entry("=(bpchar,bpchar)", Set.of(StorageKind.BPCHAR)),
          Map.entry("=(uuid,uuid)", Set.of(StorageKind.UUID)));

  /** The SELECT as such, if it is one. */
  public static Optional<NarrowSelect> of(Select select, TableSchema schema) {
    if (!(select.from() instanceof Relation.Table table)
        || !select.isScan()
        || select.where() == null
        || select.offset() != null
        || select.output().isEmpty()) {
      return Optional.empty();
    }
    List<String> columns = new ArrayList<>();
    for (Expression output : select.output()) {
      if (!(output instanceof ColumnReference reference)
          || reference.alias() != table.alias()
          || schema.column(reference.name()).isEmpty()) {
        return Optional.empty();
      }
      columns.add(reference.name());
    }
    List<Predicate.In> conditions = new ArrayList<>();
    for (Expression part : ExpressionTranslator.conjuncts(select.where())) {
      Optional<Predicate.In> condition = condition(part, schema);
      if (condition.isEmpty()) {
        return Optional.empty();
      }
      conditions.add(condition.get());
    }
    return Optional.of(new NarrowSelect(conditions, columns));
  }

  private static Optional<Predicate.In> condition(Expression part, TableSchema schema) {
    if (part instanceof Expression.Operation operation && operation.arguments().size() == 2) {
      Expression left = operation.arguments().get(0);
      Expression right = operation.arguments().get(1);
      boolean swapped = left instanceof Constant;
      return (swapped ? left : right) instanceof Constant constant
          ? condition(
              operation.signature(),
              operation.collation(),
              swapped ? right : left,
              List.of(ConstantReader.read(constant)),
              schema)
          : Optional.empty();
    }
    if (part instanceof Expression.Quantified any && !any.all() && any.array().text() != null) {
      String type = any.array().type();
      return condition(
          any.signature(),
          any.collation(),
          any.scalar(),
          ConstantReader.elements(any.array(), type.substring(0, type.length() - 2)),
          schema);
    }
    return Optional.empty();
  }

  private static Optional<Predicate.In> condition(
      String signature,
      Collation collation,
      Expression compared,
      List<Operand.Literal> literals,
      TableSchema schema) {
    Set<StorageKind> kinds = EQUALITIES.get(signature);
    if (kinds == null || collation == Collation.NONDETERMINISTIC) {
      return Optional.empty();
    }
    Expression inner = compared instanceof Expression.Relabel r ? r.argument() : compared;
    Optional<Column> column =
        inner instanceof ColumnReference reference
            ? schema.column(reference.name()).filter(c -> kinds.contains(c.type().kind()))
            : Optional.empty();
    if (column.isEmpty() || literals.size() > VALUES_MAX) {
      return Optional.empty();
    }
    List<Object> values = new ArrayList<>();
    for (Operand.Literal literal : literals) {
      Object value = literal.value();
      if (value instanceof String text) {
        values.add(text.getBytes(StandardCharsets.UTF_8));
      } else if (value != null) { // nothing is equal to NULL
        values.add(value);
      }
    }
    return Optional.of(new Predicate.In(column.get().fieldId(), values));
  }
}
