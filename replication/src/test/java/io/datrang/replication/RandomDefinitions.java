package io.datrang.replication;

import io.datrang.testing.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One session that changes rows of table {@code t (id int primary key, ...)} and, between them, the
 * table's columns; in transactions, with savepoints that are rolled back.
 */
class RandomDefinitions implements AutoCloseable {
  private static final List<String> TYPES =
      List.of(
          "int DEFAULT 3",
          "bigint",
          "text DEFAULT 'it''s'",
          "numeric(8,2) DEFAULT 1.25",
          "timestamptz DEFAULT '2024-02-29 12:00+01'",
          "char(4) DEFAULT 'ab'",
          "boolean DEFAULT true",
          "int[]",
          "interval",
          "varchar(20) DEFAULT ''",
          "float8 DEFAULT 1e-7",
          "numeric DEFAULT 1.50",
          "uuid",
          "json DEFAULT '{\"a\":1}'",
          "date DEFAULT '1999-01-01'");

  private final Connection connection;
  private final Statement statement;
  final Random random;
  private final StringBuilder log = new StringBuilder();
  private int next;

  /**
   * @param number of the history: no two use the same keys, up to 190
   */
  RandomDefinitions(PostgresCluster cluster, Random random, int number) throws SQLException {
    this.next = 1000 + number * 5000;
    this.connection = cluster.connect();
    this.statement = connection.createStatement();
    this.random = random;
  }

  /** What was executed, for a failure's message. */
  String log() {
    return log.toString();
  }

  /** A few statements in one transaction. */
  void step() throws SQLException {
    execute("BEGIN");
    boolean inSavepoint = false;
    for (int i = random.nextInt(6); i >= 0; i--) {
      int what = random.nextInt(12);
      if (what == 0 && !inSavepoint) {
        execute("SAVEPOINT s");
        inSavepoint = true;
      } else if (what == 1 && inSavepoint) {
        execute(random.nextBoolean() ? "ROLLBACK TO s" : "RELEASE s");
        inSavepoint = false;
      } else if (what < 5) {
        define();
      } else {
        change();
      }
    }
    execute(random.nextInt(8) == 0 ? "ROLLBACK" : "COMMIT");
  }

  void define() throws SQLException {
    List<String> columns = columns();
    String column = columns.isEmpty() ? null : columns.get(random.nextInt(columns.size()));
    String name = "c" + random.nextInt(6);
    switch (random.nextInt(column == null ? 1 : 10)) {
      case 0, 1, 2 -> {
        if (!columns.contains(name) && columns.size() < 12) {
          execute("ALTER TABLE t ADD " + name + " " + TYPES.get(random.nextInt(TYPES.size())));
        }
      }
      case 3, 4 -> execute("ALTER TABLE t DROP " + column);
      case 5, 6 -> {
        if (!columns.contains(name)) {
          execute("ALTER TABLE t RENAME " + column + " TO " + name);
        }
      }
      case 7 -> {
        String fresh = "d" + next++;
        execute(
            "ALTER TABLE t DROP "
                + column
                + ", ADD "
                + fresh
                + " int DEFAULT 9, ADD x"
                + fresh
                + " text");
      }
      case 8 -> {
        if (random.nextInt(4) == 0) {
          execute(
              "ALTER TABLE t ALTER "
                  + column
                  + " DROP DEFAULT, ALTER "
                  + column
                  + " TYPE text USING "
                  + column
                  + "::text || '?'");
        }
      }
      default -> {
        if (random.nextInt(4) == 0) {
          execute("TRUNCATE t");
        }
      }
    }
  }

  private void change() throws SQLException {
    List<String> columns = columns();
    switch (random.nextInt(4)) {
      case 0, 1 ->
          execute(
              "INSERT INTO t (id) SELECT "
                  + next
                  + " + g FROM generate_series(1, "
                  + (1 + random.nextInt(20))
                  + ") g");
      case 2 -> execute("DELETE FROM t WHERE id % 17 = " + random.nextInt(17));
      default -> {
        if (!columns.isEmpty()) {
          execute(
              "UPDATE t SET "
                  + columns.get(random.nextInt(columns.size()))
                  + " = "
                  + (random.nextBoolean() ? "DEFAULT" : "NULL")
                  + " WHERE id % 7 = "
                  + random.nextInt(7));
        }
        execute(
            "UPDATE t SET id = id + 1000000 WHERE id % 23 = "
                + random.nextInt(23)
                + " AND id BETWEEN 1 AND 999999");
      }
    }
    next += 20;
  }

  private List<String> columns() throws SQLException {
    return names(
        "SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"
            + " AND NOT attisdropped AND attname <> 'id' ORDER BY attnum");
  }

  final List<String> names(String query) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        names.add(row.getString(1));
      }
    }
    return names;
  }

  final void execute(String sql) throws SQLException {
    log.append(sql).append(";\n");
    statement.execute(sql);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
