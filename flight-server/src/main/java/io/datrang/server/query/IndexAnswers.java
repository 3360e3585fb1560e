package io.datrang.server.query;

import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Expression.Aggregate;
import io.datrang.server.request.Expression.ColumnReference;
import io.datrang.server.request.Expression.Constant;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Select;
import io.datrang.storage.FileFacts;
import io.datrang.storage.FileFacts.Kind;
import io.datrang.storage.FileFacts.Question;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts and extremes that the index knows of row groups all of whose rows are meant: they are
 * written as what it knows and the same of the rest, which is often nothing.
 */
final class IndexAnswers {
  private static final String COUNT_ALL = "count()";
  private static final String COUNT = "count(any)";

  /** How the type of a signature is kept where bounds are in its order. */
  private static final Map<String, StorageKind> KINDS =
      Map.of(
          "int2", StorageKind.INT2,
          "int4", StorageKind.INT4,
          "int8", StorageKind.INT8,
          "float4", StorageKind.FLOAT4,
          "float8", StorageKind.FLOAT8,
          "date", StorageKind.DATE,
          "timestamp", StorageKind.TIMESTAMP,
          "timestamptz", StorageKind.TIMESTAMPTZ,
          "numeric", StorageKind.DECIMAL,
          "text", StorageKind.TEXT);

  private final TableSchema schema;
  private final Set<Question> questions = new HashSet<>();

  private IndexAnswers(TableSchema schema) {
    this.schema = schema;
  }

  /** What has to be known of the table; empty when knowing it would not spare any reading. */
  static Optional<Set<Question>> questions(Select select, TableSchema schema) {
    boolean plain =
        select.from() instanceof Relation.Table
            && (select.group() == null || select.group().isEmpty())
            && select.groupingSets() == null
            && select.having() == null
            && select.distinct() == null
            && select.order().isEmpty()
            && !select.output().isEmpty();
    IndexAnswers answers = new IndexAnswers(schema);
    return plain && select.output().stream().allMatch(answers::isKnown)
        ? Optional.of(answers.questions)
        : Optional.empty();
  }

  private boolean isKnown(Expression output) {
    if (!(output instanceof Aggregate aggregate) || aggregate.filter() != null) {
      return false;
    }
    if (aggregate.signature().equals(COUNT_ALL)) {
      return true;
    }
    Optional<Column> column = column(aggregate);
    Kind kind = kind(aggregate);
    if (column.isEmpty() || aggregate.distinct() && kind == Kind.COUNT) {
      return false;
    }
    questions.add(new Question(kind, column.get().name()));
    return kind == Kind.COUNT
        || column.get().type().kind() == KINDS.get(type(aggregate))
            && (column.get().type().kind() != StorageKind.TEXT
                || aggregate.collation() == Collation.C);
  }

  private Optional<Column> column(Aggregate aggregate) {
    if (kind(aggregate) == null || aggregate.arguments().size() != 1) {
      return Optional.empty();
    }
    Expression argument = aggregate.arguments().get(0);
    if (argument instanceof Expression.Relabel relabel) {
      argument = relabel.argument();
    }
    return argument instanceof ColumnReference reference
        ? schema.column(reference.name())
        : Optional.empty();
  }

  private static Kind kind(Aggregate aggregate) {
    String signature = aggregate.signature();
    return signature.equals(COUNT)
        ? Kind.COUNT
        : signature.startsWith("min(")
            ? Kind.LOWEST
            : signature.startsWith("max(") ? Kind.HIGHEST : null;
  }

  private static String type(Aggregate aggregate) {
    String signature = aggregate.signature();
    return signature.substring(signature.indexOf('(') + 1, signature.length() - 1);
  }

  /** The SELECT over what is left to read. */
  static Select over(Select select, TableSchema schema, FileFacts facts) {
    IndexAnswers answers = new IndexAnswers(schema);
    List<Expression> outputs = new ArrayList<>();
    for (Expression output : select.output()) {
      outputs.add(answers.with((Aggregate) output, facts));
    }
    return new Select(
        outputs,
        select.from(),
        select.where(),
        List.of(),
        null,
        null,
        null,
        List.of(),
        select.limit(),
        select.offset());
  }

  private Expression with(Aggregate aggregate, FileFacts facts) {
    if (aggregate.signature().equals(COUNT_ALL)) {
      return plus(aggregate, facts.rows());
    }
    String column = column(aggregate).orElseThrow().name();
    Kind kind = kind(aggregate);
    if (kind == Kind.COUNT) {
      return plus(aggregate, facts.counts().getOrDefault(column, 0L));
    }
    String known = (kind == Kind.LOWEST ? facts.lowest() : facts.highest()).get(column);
    return known == null
        ? aggregate
        : new Expression.Extremum(
            kind == Kind.HIGHEST,
            type(aggregate),
            aggregate.collation(),
            List.of(aggregate, new Constant(type(aggregate), known)));
  }

  private static Expression plus(Aggregate count, long known) {
    return new Expression.Operation(
        "+(int8,int8)", Collation.NONE, List.of(count, new Constant("int8", Long.toString(known))));
  }
}
