package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Relation.SetOperator;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.TranslatedSelect.Statement;
import java.util.ArrayList;
import java.util.List;

/** Relations whose rows come from several places: set operations and lists of values. */
final class SetTranslator {
  /**
   * A relation.
   *
   * @param columns named as columns of it
   */
  record Rows(Statement statement, List<Computed> columns) {}

  private SetTranslator() {}

  /**
   * Joins two translated SELECTs.
   *
   * @param name what both are called, and their union too
   */
  static Rows combine(
      Relation.SetOperation operation,
      LevelTranslator.Level left,
      LevelTranslator.Level right,
      String name) {
    int count = operation.collations().size();
    if (left.columns().size() != count || right.columns().size() != count) {
      throw new InvalidRequestException("a set operation over different numbers of columns");
    }
    List<Alternatives> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      columns.add(Alternatives.of(List.of(left.columns().get(i), right.columns().get(i))));
    }
    List<Computed> named = named(columns, name + ".");
    String leftHead = "SELECT " + branch(columns, 0) + " FROM (";
    String rightHead = "SELECT " + branch(columns, 1) + " FROM (";
    String distinct = distinct(operation, named(columns, "u."));
    String operator =
        operation.operator() == SetOperator.UNION
            ? " UNION ALL "
            : " " + operation.operator() + (operation.all() ? " ALL " : " ");
    return new Rows(
        tables -> {
          String rows =
              leftHead
                  + left.statement().sql(tables)
                  + ") AS "
                  + name
                  + operator
                  + rightHead
                  + right.statement().sql(tables)
                  + ") AS "
                  + name;
          return distinct == null
              ? "(" + rows + ") AS " + name
              : "(SELECT DISTINCT ON (" + distinct + ") * FROM (" + rows + ") AS u) AS " + name;
        },
        named);
  }

  /**
   * What rows are equal by, when a union leaves out doubles; the engine's other operators do so.
   */
  private static String distinct(Relation.SetOperation operation, List<Computed> columns) {
    boolean union = operation.operator() == SetOperator.UNION;
    if (union && operation.all()) {
      return null;
    }
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Computed column = columns.get(i);
      String key = Ordering.groupKey(column, operation.collations().get(i));
      if (!union && (!key.equals(column.sql()) || column.displayScale() != null)) {
        throw new InvalidRequestException(
            operation.operator() + " of numerics that are equal and look different");
      }
      keys.add(key);
    }
    // Rows without columns are all equal.
    return union ? (keys.isEmpty() ? "1" : String.join(", ", keys)) : null;
  }

  /** The columns of one side, brought to the types of both. */
  private static String branch(List<Alternatives> columns, int side) {
    List<String> list = cells(columns, side);
    List<String> names = names(columns);
    for (int i = 0; i < list.size(); i++) {
      list.set(i, list.get(i) + " AS " + names.get(i));
    }
    return list.isEmpty() ? "1" : String.join(", ", list);
  }

  /** What one row, or one side's rows, are made of. */
  private static List<String> cells(List<Alternatives> columns, int row) {
    List<String> cells = new ArrayList<>();
    for (Alternatives column : columns) {
      cells.add(column.values().get(row));
      if (column.displayScales() != null) {
        cells.add(column.displayScales().get(row));
      }
    }
    return cells;
  }

  private static List<String> names(List<Alternatives> columns) {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= columns.size(); i++) {
      names.add("o" + i);
      if (columns.get(i - 1).displayScales() != null) {
        names.add("o" + i + "s");
      }
    }
    return names;
  }

  private static List<Computed> named(List<Alternatives> columns, String prefix) {
    List<Computed> named = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String column = prefix + "o" + (i + 1);
      String scale = columns.get(i).displayScales() == null ? null : column + "s";
      named.add(columns.get(i).result(column, scale, false));
    }
    return named;
  }

  /**
   * A list of rows.
   *
   * @param name what it is called
   */
  static Rows values(Relation.Values values, ExpressionTranslator expressions, String name) {
    List<List<Operand>> operands = new ArrayList<>();
    for (List<Expression> row : values.rows()) {
      operands.add(expressions.translate(row));
    }
    List<Alternatives> columns = new ArrayList<>();
    for (int i = 0; i < operands.get(0).size(); i++) {
      int column = i;
      columns.add(Alternatives.of(operands.stream().map(row -> row.get(column)).toList()));
    }
    List<String> rows = new ArrayList<>();
    for (int row = 0; row < operands.size(); row++) {
      rows.add("(" + String.join(", ", cells(columns, row)) + ")");
    }
    String sql =
        "(VALUES "
            + String.join(", ", rows)
            + ") AS "
            + name
            + "("
            + String.join(", ", names(columns))
            + ")";
    return new Rows(tables -> sql, named(columns, name + "."));
  }
}
