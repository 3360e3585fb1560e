package io.datrang.replication.backfill;

import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.fold.TableStoppedException;
import io.datrang.types.Column;
import io.datrang.types.TableOid;
import io.datrang.types.TableSchema;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The heap tables of a mirror, the source or its partitions, locked against changes of their
 * definition while they are copied.
 *
 * <p>The lock is taken after the snapshot: a session that waits for the lock has a transaction id,
 * and making a snapshot would wait for that session. What a TRUNCATE or a rewriting ALTER TABLE did
 * in between, which makes the table look empty to the snapshot, is seen by the table's file.
 *
 * @param heaps none when a partitioned table has no partitions
 */
record SourceTable(List<Heap> heaps) {
  /**
   * A table with rows of its own.
   *
   * @param name schema-qualified and quoted
   * @param blocks its size
   * @param rowsEstimated by the planner, 0 when unknown
   */
  record Heap(String name, long blocks, long rowsEstimated) {}

  private static final String LOCK_SECONDS_MAX = "30s";

  /**
   * Locks the table in a transaction of the connection, which stays open, and makes sure it still
   * is what the mirror was defined from and what the snapshot sees.
   *
   * @param snapshot a connection in a transaction that sees the snapshot to be copied
   * @throws SQLException when the table is not what the snapshot sees, among other reasons: another
   *     snapshot is needed
   */
  static SourceTable lock(Connection connection, Connection snapshot, CatalogTable table)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
      statement.execute("SET LOCAL lock_timeout TO '" + LOCK_SECONDS_MAX + "'");
      String name = name(connection, table);
      boolean partitioned = table.partitions() != null;
      statement.execute(
          "LOCK TABLE " + (partitioned ? "" : "ONLY ") + name + " IN ACCESS SHARE MODE");
      if (!name.equals(name(connection, table))) {
        throw new SQLException("table " + name + " was renamed just now");
      }
      if (partitioned
          && !(isPartitionedSo(connection, table) && isPartitionedSo(snapshot, table))) {
        throw new SQLException("the partitions of " + name + " changed just now");
      }
      if (!fileNumbers(connection, table).equals(fileNumbers(snapshot, table))) {
        throw new SQLException("table " + name + " was truncated or rewritten just now");
      }
      checkColumns(connection, table);
      return measure(connection, table);
    }
  }

  /**
   * Locks the table in a reader's transaction as well, before somebody who waits for the table can
   * come between: he waits for the first lock, and the reader would wait for him, for ever.
   *
   * @throws SQLException at once, when somebody has come between
   */
  void lockToo(Connection reader) throws SQLException {
    try (Statement statement = reader.createStatement()) {
      for (Heap heap : heaps) {
        statement.execute("LOCK TABLE ONLY " + heap.name() + " IN ACCESS SHARE MODE NOWAIT");
      }
    }
  }

  private static boolean isPartitionedSo(Connection connection, CatalogTable table)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT datrang.partitions(?::int8::oid)::int8[]")) {
      statement.setLong(1, Integer.toUnsignedLong(table.sourceOid()));
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            && row.getArray(1) != null
            && Arrays.stream((Long[]) row.getArray(1).getArray())
                .map(Long::intValue)
                .toList()
                .equals(table.partitions());
      }
    }
  }

  /** Of all tables with rows of their own, by oid. */
  private static Map<Long, Long> fileNumbers(Connection connection, CatalogTable table)
      throws SQLException {
    Map<Long, Long> numbers = new HashMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT oid::int8, relfilenode::int8 FROM pg_class WHERE oid = ANY (?::int8[]::oid[])")) {
      statement.setArray(1, sources(connection, table));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          numbers.put(row.getLong(1), row.getLong(2));
        }
      }
    }
    return numbers;
  }

  private static Array sources(Connection connection, CatalogTable table) throws SQLException {
    return connection.createArrayOf(
        "int8", table.sources().stream().map(Integer::toUnsignedLong).toArray());
  }

  private static String name(Connection connection, CatalogTable table) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ?::int8::oid")) {
      statement.setLong(1, Integer.toUnsignedLong(table.sourceOid()));
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new TableStoppedException("the source table " + table.source() + " was dropped");
        }
        return row.getString(1);
      }
    }
  }

  private static void checkColumns(Connection connection, CatalogTable table) throws SQLException {
    List<String> found = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attnum, attname, atttypid::int8, atttypmod FROM pg_attribute"
                + " WHERE attrelid = ?::int8::oid AND attnum > 0 AND NOT attisdropped"
                + " ORDER BY attnum")) {
      statement.setLong(1, Integer.toUnsignedLong(table.sourceOid()));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(describe(row.getInt(1), row.getString(2), (int) row.getLong(3), row.getInt(4)));
        }
      }
    }
    List<String> wanted = new ArrayList<>();
    for (Column c : table.schema().columns()) {
      if (!TableOid.is(c)) {
        wanted.add(describe(c.fieldId(), c.name(), c.type().oid(), c.type().typmod()));
      }
    }
    if (!found.equals(wanted)) {
      throw new SQLException("the definition of " + table.source() + " changed just now");
    }
  }

  private static String describe(int number, String name, int typeOid, int typmod) {
    return number + " " + typeOid + " " + typmod + " " + name;
  }

  private static SourceTable measure(Connection connection, CatalogTable table)
      throws SQLException {
    List<Heap> heaps = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT format('%I.%I', n.nspname, c.relname),"
                + " pg_relation_size(c.oid) / current_setting('block_size')::int8,"
                + " greatest(c.reltuples, 0)::int8 FROM pg_class c"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.oid = ANY (?::int8[]::oid[]) ORDER BY c.oid")) {
      statement.setArray(1, sources(connection, table));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          heaps.add(new Heap(row.getString(1), row.getLong(2), row.getLong(3)));
        }
      }
    }
    return new SourceTable(heaps);
  }

  long blocks() {
    return heaps.stream().mapToLong(Heap::blocks).sum();
  }

  long rowsEstimated() {
    return heaps.stream().mapToLong(Heap::rowsEstimated).sum();
  }

  /** The COPY command for the rows in some blocks. */
  static String copyCommand(TableSchema schema, BlockRanges.Range range) {
    String columns =
        schema.columns().stream()
            .map(c -> '"' + c.name().replace("\"", "\"\"") + '"')
            .collect(Collectors.joining(", "));
    String where = " WHERE ctid >= '(" + range.from() + ",0)'::tid";
    if (range.to() != Long.MAX_VALUE) {
      where += " AND ctid < '(" + range.to() + ",0)'::tid";
    }
    return "COPY (SELECT " + columns + " FROM ONLY " + range.heap().name() + where + ") TO STDOUT";
  }
}
