package io.datrang.bench.differential;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Makes a script for psql that shows one disagreement, with as few rows as it takes: halves of the
 * rows are left out for as long as the answers still differ. Owned by one thread.
 */
final class Reproduction {

  private static final int ATTEMPTS_MAX = 60;

  private final Connection connection;
  private final Comparison comparison;
  private final Query query;
  private final TestTable table;
  private final TestTable small;

  Reproduction(Connection connection, Comparison comparison, Query query, TestTable table) {
    this.connection = connection;
    this.comparison = comparison;
    this.query = query;
    this.table = table;
    this.small = new TestTable("diff_small", table.columns(), table.key(), table.countedKey());
  }

  /** The script. What cannot be shown on a fresh table keeps all of its rows. */
  String script() throws SQLException {
    List<String> rows = rows();
    connection.setAutoCommit(true);
    // one that a run left behind which was ended
    Database.execute(connection, "DROP TABLE IF EXISTS " + small.heap(), create(), small.mirror());
    Database.execute(
        connection, "SELECT datrang.wait_ready(%s)".formatted(SqlType.literal(small.columnar())));
    try {
      boolean again = differs(rows);
      List<String> few = again ? fewer(rows) : rows;
      return (again ? "" : "-- not seen again on a fresh table\n") + text(few);
    } finally {
      connection.setAutoCommit(true);
      Database.execute(
          connection,
          "SELECT datrang.unmirror(%s)".formatted(SqlType.literal(small.columnar())),
          "DROP TABLE " + small.heap());
      connection.setAutoCommit(false);
    }
  }

  private String create() {
    String columns =
        small.columns().stream()
            .map(column -> column.sql() + " " + column.type().ddl())
            .collect(Collectors.joining(", "));
    return "CREATE TABLE %s (%s, PRIMARY KEY (%s))"
        .formatted(small.heap(), columns, small.keyList());
  }

  /** All rows of the table, each as a list of values. */
  private List<String> rows() throws SQLException {
    String columns =
        table.columns().stream()
            .map(column -> "quote_nullable(" + column.sql() + "::text)")
            .collect(Collectors.joining(", "));
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT concat_ws(', ', " + columns + ") FROM " + table.heap())) {
      while (result.next()) {
        rows.add("(" + result.getString(1) + ")");
      }
    }
    connection.rollback();
    return rows;
  }

  private List<String> fewer(List<String> rows) throws SQLException {
    List<String> kept = rows;
    int attempts = 0;
    for (int part = (kept.size() + 1) / 2; part >= 1; part = part == 1 ? 0 : (part + 1) / 2) {
      for (int from = 0; from < kept.size() && attempts < ATTEMPTS_MAX; attempts++) {
        List<String> rest = new ArrayList<>(kept.subList(0, from));
        rest.addAll(kept.subList(Math.min(kept.size(), from + part), kept.size()));
        if (differs(rest)) {
          kept = rest;
        } else {
          from += part;
        }
      }
    }
    return kept;
  }

  private boolean differs(List<String> rows) throws SQLException {
    connection.setAutoCommit(true);
    Database.execute(connection, "DELETE FROM " + small.heap());
    if (!rows.isEmpty()) {
      Database.execute(connection, insert(rows));
    }
    connection.setAutoCommit(false);
    return !comparison.differences(query, small, true).isEmpty();
  }

  private String insert(List<String> rows) {
    return "INSERT INTO %s VALUES\n%s".formatted(small.heap(), String.join(",\n", rows));
  }

  private String text(List<String> rows) {
    List<String> lines = new ArrayList<>();
    lines.add(create());
    if (!rows.isEmpty()) {
      lines.add(insert(rows));
    }
    lines.add(small.mirror());
    lines.add("SELECT datrang.wait_ready(%s)".formatted(SqlType.literal(small.columnar())));
    for (String name : List.of(small.heap(), small.columnar())) {
      lines.add("PREPARE q AS " + numbered(query.on(name)));
      for (int set = 0; set < (query.parameters().isEmpty() ? 1 : Query.SETS); set++) {
        List<String> values = Comparison.values(query, set).stream().map(SqlType::literal).toList();
        lines.add("EXECUTE q" + (values.isEmpty() ? "" : "(" + String.join(", ", values) + ")"));
      }
      lines.add("DEALLOCATE q");
    }
    lines.add("SELECT datrang.unmirror(%s)".formatted(SqlType.literal(small.columnar())));
    lines.add("DROP TABLE " + small.heap());
    return String.join(";\n", lines) + ";\n";
  }

  /** With $1, $2 ... for the driver's question marks. */
  private static String numbered(String sql) {
    StringBuilder text = new StringBuilder();
    int number = 0;
    for (int i = 0; i < sql.length(); i++) {
      boolean doubled = sql.startsWith("??", i);
      if (sql.charAt(i) == '?' && !doubled && sql.startsWith("?::", i)) {
        text.append('$').append(++number);
      } else {
        text.append(sql.charAt(i));
        i += doubled ? 1 : 0;
      }
    }
    return text.toString();
  }
}
