package io.datrang.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The index in PostgreSQL: {@code datrang.row_groups} and {@code datrang.column_chunks}. Works
 * inside the caller's transaction. Rows go with their file's row (ON DELETE CASCADE).
 */
public final class IndexStore {
  private static final int FETCH_ROWS = 10_000;

  private IndexStore() {}

  /** Records a new file's index. */
  public static void insert(Connection connection, long fileId, FileIndex index)
      throws SQLException {
    try (PreparedStatement groups =
            connection.prepareStatement(
                "INSERT INTO datrang.row_groups"
                    + " (file_id, row_group, first_row, rows, file_offset, bytes)"
                    + " VALUES (?, ?, ?, ?, ?, ?)");
        PreparedStatement chunks =
            connection.prepareStatement(
                "INSERT INTO datrang.column_chunks"
                    + " (file_id, row_group, field_id, lower_bound, upper_bound, lower_exact,"
                    + " upper_exact, null_count, nan_count, bloom_offset, bloom_bytes, text_filter,"
                    + " distinct_estimate)"
                    + " SELECT ?, ?, * FROM unnest(?::int[], ?::bytea[], ?::bytea[], ?::boolean[],"
                    + " ?::boolean[], ?::bigint[], ?::bigint[], ?::bigint[], ?::int[],"
                    + " ?::bytea[], ?::bigint[])")) {
      for (RowGroupIndex group : index.rowGroups()) {
        groups.setLong(1, fileId);
        groups.setInt(2, group.ordinal());
        groups.setLong(3, group.firstRow());
        groups.setLong(4, group.rows());
        groups.setLong(5, group.fileOffset());
        groups.setLong(6, group.bytes());
        groups.executeUpdate();
        if (!group.chunks().isEmpty()) {
          chunks.setLong(1, fileId);
          chunks.setInt(2, group.ordinal());
          bind(chunks, List.copyOf(group.chunks().entrySet()));
          chunks.executeUpdate();
        }
      }
    }
  }

  /** All chunks of a row group at once: a wide table has thousands. */
  private static void bind(
      PreparedStatement statement, List<Map.Entry<Integer, ChunkIndex>> entries)
      throws SQLException {
    bind(statement, 3, "int4", entries, Map.Entry::getKey);
    bind(statement, 4, "bytea", entries, e -> e.getValue().lower());
    bind(statement, 5, "bytea", entries, e -> e.getValue().upper());
    bind(statement, 6, "bool", entries, e -> e.getValue().lowerExact());
    bind(statement, 7, "bool", entries, e -> e.getValue().upperExact());
    bind(statement, 8, "int8", entries, e -> known(e.getValue().nullCount()));
    bind(statement, 9, "int8", entries, e -> known(e.getValue().nanCount()));
    bind(statement, 10, "int8", entries, e -> known(e.getValue().bloomOffset()));
    bind(statement, 11, "int4", entries, e -> e.getValue().bloomBytes());
    bind(statement, 12, "bytea", entries, e -> e.getValue().texts());
    bind(statement, 13, "int8", entries, e -> known(e.getValue().distinct()));
  }

  private static void bind(
      PreparedStatement statement,
      int parameter,
      String type,
      List<Map.Entry<Integer, ChunkIndex>> entries,
      Function<Map.Entry<Integer, ChunkIndex>, Object> value)
      throws SQLException {
    Object[] values =
        type.equals("bytea") ? new byte[entries.size()][] : new Object[entries.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value.apply(entries.get(i));
    }
    statement.setArray(parameter, statement.getConnection().createArrayOf(type, values));
  }

  private static Long known(long value) {
    return value < 0 ? null : value;
  }

  /** Forgets a file's index. */
  public static void remove(Connection connection, long fileId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("DELETE FROM datrang.row_groups WHERE file_id = ?")) {
      statement.setLong(1, fileId);
      statement.executeUpdate();
    }
  }

  /** The indexes of all files, by file id. Streams: needs auto-commit off. */
  public static Map<Long, FileIndex> load(Connection connection) throws SQLException {
    return load(connection, "");
  }

  /** The indexes of one table's files. */
  public static Map<Long, FileIndex> load(Connection connection, long tableId) throws SQLException {
    return load(
        connection,
        " WHERE file_id IN (SELECT file_id FROM datrang.files WHERE table_id = " + tableId + ")");
  }

  private static Map<Long, FileIndex> load(Connection connection, String where)
      throws SQLException {
    Map<Long, List<RowGroupIndex>> groups = new HashMap<>();
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_ROWS);
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT file_id, row_group, first_row, rows, file_offset, bytes"
                  + " FROM datrang.row_groups"
                  + where
                  + " ORDER BY file_id, row_group")) {
        while (rows.next()) {
          groups
              .computeIfAbsent(rows.getLong(1), f -> new ArrayList<>())
              .add(
                  new RowGroupIndex(
                      rows.getInt(2),
                      rows.getLong(3),
                      rows.getLong(4),
                      rows.getLong(5),
                      rows.getLong(6),
                      Map.of()));
        }
      }
    }
    addChunks(connection, where, groups);
    Map<Long, FileIndex> indexes = new HashMap<>();
    groups.forEach((file, list) -> indexes.put(file, new FileIndex(list)));
    return indexes;
  }

  /** Row group by row group, so that at most one's chunks are here unpacked. */
  private static void addChunks(
      Connection connection, String where, Map<Long, List<RowGroupIndex>> groups)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_ROWS);
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT file_id, row_group, field_id, lower_bound, upper_bound,"
                  + " coalesce(lower_exact, false), coalesce(upper_exact, false),"
                  + " coalesce(null_count, -1), coalesce(nan_count, -1),"
                  + " coalesce(bloom_offset, -1), coalesce(bloom_bytes, 0), text_filter,"
                  + " coalesce(distinct_estimate, -1)"
                  + " FROM datrang.column_chunks"
                  + where
                  + " ORDER BY file_id, row_group")) {
        long file = 0;
        int ordinal = 0;
        Map<Integer, ChunkIndex> chunks = new HashMap<>();
        while (rows.next()) {
          if (file != rows.getLong(1) || ordinal != rows.getInt(2)) {
            put(groups.get(file), ordinal, chunks);
            file = rows.getLong(1);
            ordinal = rows.getInt(2);
            chunks = new HashMap<>();
          }
          chunks.put(rows.getInt(3), chunk(rows));
        }
        put(groups.get(file), ordinal, chunks);
      }
    }
  }

  private static ChunkIndex chunk(ResultSet rows) throws SQLException {
    return new ChunkIndex(
        rows.getBytes(4),
        rows.getBytes(5),
        rows.getBoolean(6),
        rows.getBoolean(7),
        rows.getLong(8),
        rows.getLong(9),
        rows.getLong(10),
        rows.getInt(11),
        TextFilter.checked(rows.getBytes(12)),
        Math.max(-1, rows.getLong(13)));
  }

  private static void put(
      List<RowGroupIndex> groups, int ordinal, Map<Integer, ChunkIndex> chunks) {
    if (groups != null) {
      groups.replaceAll(group -> group.ordinal() == ordinal ? group.with(chunks) : group);
    }
  }
}
