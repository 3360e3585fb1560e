package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Origin;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The columns of the relations of one SELECT, by alias, and of those around it; notes which columns
 * of tables are read.
 */
final class RelationScope implements Scope {
  /** A table of the request and the columns read of it; the n-th is called {@code c<n>}. */
  private record TableSource(TableSchema schema, Map<String, String> names) {}

  private final Map<Integer, TableSource> tables = new LinkedHashMap<>();
  private final Map<Integer, List<Computed>> subselects = new LinkedHashMap<>();
  private final Map<Integer, Set<String>> signed = new HashMap<>();
  private final Scope outer;
  private Set<Integer> hidden = new HashSet<>();

  /**
   * Without relations yet.
   *
   * @param outer columns of the SELECT around this one, or null when there is none
   */
  RelationScope(Scope outer) {
    this.outer = outer;
  }

  void addTable(int alias, TableSchema schema) {
    checkNew(alias);
    tables.put(alias, new TableSource(schema, new LinkedHashMap<>()));
  }

  /**
   * Adds a nested SELECT.
   *
   * @param outputs its columns; their SQL are the names its columns have
   */
  void addSubselect(int alias, List<Computed> outputs) {
    checkNew(alias);
    subselects.put(alias, outputs);
  }

  /** Whether the alias is of a relation of this SELECT. */
  boolean owns(int alias) {
    return tables.containsKey(alias) || subselects.containsKey(alias);
  }

  /** The columns read of a table so far. */
  List<String> columns(int alias) {
    return List.copyOf(tables.get(alias).names().keySet());
  }

  /** Makes aliases unknown to what is translated from now on. */
  void hide(List<Integer> aliases) {
    hidden.addAll(aliases);
  }

  /** Makes all aliases known again; returns those that were hidden. */
  Set<Integer> revealAll() {
    Set<Integer> were = hidden;
    hidden = new HashSet<>();
    return were;
  }

  @Override
  public Operand column(Expression.ColumnReference reference) {
    if (hidden.contains(reference.alias())) {
      throw new InvalidRequestException(
          "alias " + reference.alias() + " is of a semi or anti join's right side");
    }
    TableSource table = tables.get(reference.alias());
    if (table != null) {
      return column(table, reference);
    }
    List<Computed> outputs = subselects.get(reference.alias());
    if (outputs == null && outer != null) {
      return outer.columnWithin(reference);
    }
    if (outputs == null) {
      throw new InvalidRequestException("no relation has the alias " + reference.alias());
    }
    for (int i = 0; i < outputs.size(); i++) {
      if (reference.name().equals(Integer.toString(i + 1))) {
        return outputs.get(i);
      }
    }
    throw new InvalidRequestException(
        "subselect " + reference.alias() + " has no column \"" + reference.name() + "\"");
  }

  /** A floating-point number comes with its sign, as a column of its own. */
  @Override
  public Operand columnWithin(Expression.ColumnReference reference) {
    Operand column = column(reference);
    if (!owns(reference.alias()) || !Scope.isFloat(column)) {
      return column;
    }
    Computed number = (Computed) column;
    signed.computeIfAbsent(reference.alias(), alias -> new TreeSet<>()).add(number.sql());
    return number.named(
        "CASE WHEN "
            + sign(number.sql())
            + " THEN -abs("
            + number.sql()
            + ") ELSE abs("
            + number.sql()
            + ") END");
  }

  private static String sign(String number) {
    return number + "n";
  }

  /**
   * The relation with the signs that nested SELECTs ask for.
   *
   * @param sql of the relation with its name
   * @param name that what {@link #column} returns begins with
   */
  String withSigns(int alias, String sql, String name) {
    Set<String> numbers = signed.get(alias);
    if (numbers == null) {
      return sql;
    }
    StringBuilder list = new StringBuilder();
    for (String number : numbers) {
      String column = sign(number).substring(name.length() + 1);
      list.append(", signbit(").append(number).append(") AS ").append(column);
    }
    return "(SELECT *" + list + " FROM " + sql + ") AS " + name;
  }

  private static Operand column(TableSource table, Expression.ColumnReference reference) {
    Column column =
        table
            .schema()
            .column(reference.name())
            .orElseThrow(
                () -> new ColumnUnavailableException(table.schema().tableName(), reference.name()));
    Map<String, String> names = table.names();
    String name = names.computeIfAbsent(column.name(), n -> "c" + (names.size() + 1));
    ColumnType type = column.type();
    return new Computed(
        TypeNames.of(type),
        type.kind(),
        type.precision(),
        type.scale(),
        "t" + reference.alias() + "." + name,
        null,
        new Origin(reference.alias(), column.fieldId()),
        false);
  }

  private void checkNew(int alias) {
    if (tables.containsKey(alias) || subselects.containsKey(alias)) {
      throw new InvalidRequestException("two relations have the alias " + alias);
    }
  }
}
