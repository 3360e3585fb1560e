package io.datrang.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
                    + " upper_exact, null_count, nan_count, bloom_offset, bloom_bytes, text_filter)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      for (RowGroupIndex group : index.rowGroups()) {
        groups.setLong(1, fileId);
        groups.setInt(2, group.ordinal());
        groups.setLong(3, group.firstRow());
        groups.setLong(4, group.rows());
        groups.setLong(5, group.fileOffset());
        groups.setLong(6, group.bytes());
        groups.addBatch();
        for (var entry : group.chunks().entrySet()) {
          chunks.setLong(1, fileId);
          chunks.setInt(2, group.ordinal());
          chunks.setInt(3, entry.getKey());
          bind(chunks, entry.getValue());
          chunks.addBatch();
        }
      }
      groups.executeBatch();
      chunks.executeBatch();
    }
  }

  private static void bind(PreparedStatement statement, ChunkIndex chunk) throws SQLException {
    statement.setBytes(4, chunk.lower());
    statement.setBytes(5, chunk.upper());
    statement.setBoolean(6, chunk.lowerExact());
    statement.setBoolean(7, chunk.upperExact());
    setKnown(statement, 8, chunk.nullCount());
    setKnown(statement, 9, chunk.nanCount());
    setKnown(statement, 10, chunk.bloomOffset());
    statement.setInt(11, chunk.bloomBytes());
    statement.setBytes(12, chunk.texts());
  }

  private static void setKnown(PreparedStatement statement, int parameter, long value)
      throws SQLException {
    if (value < 0) {
      statement.setNull(parameter, Types.BIGINT);
    } else {
      statement.setLong(parameter, value);
    }
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
    Map<Long, Map<Integer, Map<Integer, ChunkIndex>>> chunks = loadChunks(connection, where);
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
          long file = rows.getLong(1);
          int ordinal = rows.getInt(2);
          groups
              .computeIfAbsent(file, f -> new ArrayList<>())
              .add(
                  new RowGroupIndex(
                      ordinal,
                      rows.getLong(3),
                      rows.getLong(4),
                      rows.getLong(5),
                      rows.getLong(6),
                      chunks.getOrDefault(file, Map.of()).getOrDefault(ordinal, Map.of())));
        }
      }
    }
    Map<Long, FileIndex> indexes = new HashMap<>();
    groups.forEach((file, list) -> indexes.put(file, new FileIndex(list)));
    return indexes;
  }

  private static Map<Long, Map<Integer, Map<Integer, ChunkIndex>>> loadChunks(
      Connection connection, String where) throws SQLException {
    Map<Long, Map<Integer, Map<Integer, ChunkIndex>>> chunks = new HashMap<>();
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_ROWS);
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT file_id, row_group, field_id, lower_bound, upper_bound,"
                  + " coalesce(lower_exact, false), coalesce(upper_exact, false),"
                  + " coalesce(null_count, -1), coalesce(nan_count, -1),"
                  + " coalesce(bloom_offset, -1), coalesce(bloom_bytes, 0), text_filter"
                  + " FROM datrang.column_chunks"
                  + where)) {
        while (rows.next()) {
          chunks
              .computeIfAbsent(rows.getLong(1), f -> new HashMap<>())
              .computeIfAbsent(rows.getInt(2), g -> new HashMap<>())
              .put(
                  rows.getInt(3),
                  new ChunkIndex(
                      rows.getBytes(4),
                      rows.getBytes(5),
                      rows.getBoolean(6),
                      rows.getBoolean(7),
                      rows.getLong(8),
                      rows.getLong(9),
                      rows.getLong(10),
                      rows.getInt(11),
                      TextFilter.checked(rows.getBytes(12))));
        }
      }
    }
    return chunks;
  }
}
