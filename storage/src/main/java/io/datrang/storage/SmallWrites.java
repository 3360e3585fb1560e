package io.datrang.storage;

import io.datrang.types.Column;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.duckdb.DuckDBConnection;

/**
 * Statements that put a handful of rows into one generation, or mark a handful of its rows deleted.
 * They stay open with the generation: a prepared INSERT of a row takes a fifth of the time of an
 * appender, whose every flush is planned like a query. Nothing may be prepared in a transaction
 * that makes a table: the engine would plan that statement anew at every use.
 *
 * <p>Owned by the {@link DeltaWriter}; uses its connection.
 */
final class SmallWrites implements AutoCloseable {
  /** Most rows that are inserted this way; an appender is as fast with more. */
  static final int ROWS_MAX = 32;

  /** Most keys that are looked for this way; with more, a join is as fast. */
  static final int KEYS_MAX = 64;

  /** Rows of one INSERT at most. */
  private static final int CHUNK_MAX = 16;

  private static final int KEYS_STEP = 4;

  private final DuckDBConnection connection;
  private final DeltaGeneration generation;
  private final Map<Integer, PreparedStatement> rowInserts = new HashMap<>();
  private final Map<Integer, PreparedStatement> keyInserts = new HashMap<>();
  private final Map<Integer, PreparedStatement> marks = new HashMap<>();

  /** {@link EngineDatabase#definitions} when the statements were prepared. */
  private long preparedAt;

  SmallWrites(DuckDBConnection connection, DeltaGeneration generation) {
    this.connection = connection;
    this.generation = generation;
  }

  /** Whether so many rows are inserted by a single statement. */
  static boolean isOneInsert(int rows) {
    return rows <= CHUNK_MAX && Integer.bitCount(rows) == 1;
  }

  void insertRows(IntToLongFunction sequence, List<Column> columns, VectorSchemaRoot rows)
      throws SQLException {
    insert(rowInserts, generation.view().qualifiedRows(), true, sequence, columns, rows);
  }

  void insertKeys(IntToLongFunction sequence, List<Column> columns, VectorSchemaRoot keys)
      throws SQLException {
    insert(keyInserts, generation.view().qualifiedKeys(), false, sequence, columns, keys);
  }

  private void insert(
      Map<Integer, PreparedStatement> statements,
      String table,
      boolean whole,
      IntToLongFunction sequence,
      List<Column> columns,
      VectorSchemaRoot rows)
      throws SQLException {
    renew();
    List<FieldVector> vectors = rows.getFieldVectors();
    for (int row = 0; row < rows.getRowCount(); ) {
      int count = Integer.highestOneBit(Math.min(CHUNK_MAX, rows.getRowCount() - row));
      PreparedStatement statement = statements.get(count);
      if (statement == null) {
        statement = connection.prepareStatement(insertSql(table, whole, columns, count));
        statements.put(count, statement);
      }
      int parameter = 1;
      for (int end = row + count; row < end; row++) {
        statement.setLong(parameter++, sequence.applyAsLong(row));
        for (int c = 0; c < vectors.size(); c++) {
          parameter =
              EngineParameters.setNullable(
                  statement, parameter, columns.get(c).type(), vectors.get(c), row);
        }
      }
      statement.execute();
    }
  }

  private void renew() throws SQLException {
    long definitions = EngineDatabase.definitions();
    if (preparedAt != definitions) {
      close();
      preparedAt = definitions;
    }
  }

  private static String insertSql(String table, boolean whole, List<Column> columns, int count) {
    String row =
        columns.stream()
            .map(c -> EngineParameters.nullable(c.type()))
            .collect(
                Collectors.joining(
                    ", ", whole ? "(?, " + DeltaGeneration.ALIVE + ", " : "(?, ", ")"));
    return "INSERT INTO " + table + " VALUES " + String.join(", ", Collections.nCopies(count, row));
  }

  /**
   * Gives rows with these keys that are alive {@code _del = sequence}. Where the statement has more
   * places than there are keys, the last key takes them.
   */
  void markDeleted(long sequence, List<Column> keyColumns, VectorSchemaRoot keys)
      throws SQLException {
    int count = 1;
    while (count < keys.getRowCount()) {
      count *= KEYS_STEP;
    }
    PreparedStatement statement = marks.get(count);
    if (statement == null) {
      statement = connection.prepareStatement(markSql(keyColumns, count));
      marks.put(count, statement);
    }
    statement.setLong(1, sequence);
    int parameter = 2;
    for (int i = 0; i < count; i++) {
      int row = Math.min(i, keys.getRowCount() - 1);
      for (int c = 0; c < keyColumns.size(); c++) {
        parameter =
            EngineParameters.set(
                statement, parameter, keyColumns.get(c).type(), keys.getVector(c), row);
      }
    }
    statement.execute();
  }

  private String markSql(List<Column> keyColumns, int count) {
    String condition;
    if (keyColumns.size() == 1) {
      Column key = keyColumns.get(0);
      condition =
          DeltaGeneration.column(key)
              + " IN ("
              + String.join(", ", Collections.nCopies(count, EngineParameters.value(key.type())))
              + ")";
    } else {
      String one =
          keyColumns.stream()
              .map(c -> DeltaGeneration.column(c) + " = " + EngineParameters.value(c.type()))
              .collect(Collectors.joining(" AND ", "(", ")"));
      condition = "(" + String.join(" OR ", Collections.nCopies(count, one)) + ")";
    }
    return "UPDATE "
        + generation.view().qualifiedRows()
        + " SET _del = ? WHERE _del = "
        + DeltaGeneration.ALIVE
        + " AND "
        + condition;
  }

  @Override
  public void close() throws SQLException {
    List<PreparedStatement> all = new ArrayList<>(rowInserts.values());
    all.addAll(keyInserts.values());
    all.addAll(marks.values());
    for (PreparedStatement each : all) {
      each.close();
    }
    rowInserts.clear();
    keyInserts.clear();
    marks.clear();
  }
}
