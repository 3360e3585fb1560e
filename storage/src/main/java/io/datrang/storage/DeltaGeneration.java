package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;

/**
 * A stretch of one table's delta: two engine tables. A flush ends the current generation, writes it
 * to files and, when no reader needs it, drops it; changes go to the next one meanwhile.
 *
 * <ul>
 *   <li>{@code t<table>_<number> (_ins, _del, c<field>…)}: rows; visible to a snapshot with
 *       sequence V when {@code _ins <= V AND _del > V};
 *   <li>{@code d<table>_<number> (_seq, c<field>…)}: keys that were deleted or replaced; they hide
 *       older rows in files from {@code _seq <= V} on.
 * </ul>
 *
 * <p>Mutable; guarded by storage's write lock. Readers have {@link View}s.
 */
final class DeltaGeneration {
  /** {@code _del} of a row nobody deleted. */
  static final long ALIVE = Long.MAX_VALUE;

  /**
   * What a snapshot knows of a generation.
   *
   * @param columns of the rows; the table may have others by now
   * @param rows rows inserted so far, dead ones included
   * @param keys keys deleted so far
   * @param touched of the rows and of the deleted keys
   */
  record View(
      String rowsTable,
      String keysTable,
      List<Column> columns,
      long rows,
      long keys,
      TouchedKeys touched) {
    /** The same without its deleted keys, once they have become positions. */
    View withoutKeys() {
      return new View(rowsTable, keysTable, columns, rows, 0, touched);
    }

    /** The same without its rows. */
    View keysAlone() {
      return new View(rowsTable, keysTable, columns, 0, keys, touched);
    }

    String qualifiedRows() {
      return EngineDatabase.SCHEMA + "." + rowsTable;
    }

    String qualifiedKeys() {
      return EngineDatabase.SCHEMA + "." + keysTable;
    }
  }

  private final String suffix;
  private final TableSchema schema;
  private final boolean truncates;
  private final TouchedKeys touched;
  private long rows;
  private long keys;
  private long net;
  private long bytes;

  /**
   * @param schema of its rows
   * @param number grows with every generation of the storage
   * @param truncates whether everything older of the table is gone with it
   * @param budget of hashes of its keys
   */
  DeltaGeneration(TableSchema schema, long number, boolean truncates, HeapBudget budget) {
    this.touched = new TouchedKeys(budget);
    this.suffix = schema.tableId() + "_" + number;
    this.schema = schema;
    this.truncates = truncates;
  }

  static String column(Column column) {
    return column(column.fieldId());
  }

  static String column(int fieldId) {
    return "c" + fieldId;
  }

  static String columns(List<Column> columns) {
    return columns.stream().map(DeltaGeneration::column).collect(Collectors.joining(", "));
  }

  TableSchema schema() {
    return schema;
  }

  TouchedKeys touched() {
    return touched;
  }

  void create(DuckDBConnection connection) throws SQLException {
    View view = view();
    EngineDatabase.run(
        connection,
        "CREATE TABLE "
            + view.qualifiedRows()
            + "(_ins BIGINT, _del BIGINT, "
            + definitions(schema.columns())
            + "); CREATE TABLE "
            + view.qualifiedKeys()
            + "(_seq BIGINT, "
            + definitions(schema.keyColumns())
            + ")");
  }

  private static String definitions(List<Column> columns) {
    return columns.stream()
        .map(c -> column(c) + " " + TypeMapping.engine(c.type()))
        .collect(Collectors.joining(", "));
  }

  void drop(DuckDBConnection connection) throws SQLException {
    touched.release();
    EngineDatabase.run(
        connection,
        "DROP TABLE IF EXISTS "
            + view().qualifiedRows()
            + "; DROP TABLE IF EXISTS "
            + view().qualifiedKeys());
  }

  View view() {
    return new View("t" + suffix, "d" + suffix, schema.columns(), rows, keys, touched);
  }

  boolean truncates() {
    return truncates;
  }

  boolean isEmpty() {
    return rows == 0 && keys == 0 && !truncates;
  }

  /** How many rows the table gained since the generation began. */
  long net() {
    return net;
  }

  /** About what it takes of the engine's memory. */
  long bytes() {
    return bytes;
  }

  void count(long inserted, long deleted, long added) {
    bytes += added;
    rows += inserted;
    keys += deleted;
    net += inserted - deleted;
  }
}
