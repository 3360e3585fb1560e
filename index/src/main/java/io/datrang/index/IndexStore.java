package io.datrang.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The index in PostgreSQL: {@code datrang.row_groups} and {@code datrang.column_chunks}. Works
 * inside the caller's transaction. Rows go with their file's row (ON DELETE CASCADE).
 */
public final class IndexStore {
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

  /**
   * Indexes of files.
   *
   * @param indexes by file id
   * @param checksums by file id: what {@link IndexChecksum} says of what is stored
   */
  public record Loaded(Map<Long, FileIndex> indexes, Map<Long, Long> checksums) {}

  /**
   * The indexes of all files. Streams: needs auto-commit off.
   *
   * @param textBytesMax what text filters may take in all; files beyond that are without
   */
  public static Loaded load(Connection connection, long textBytesMax) throws SQLException {
    return new IndexLoad(connection, "", textBytesMax).run();
  }

  /** The indexes of one table's files, without text filters. */
  public static Loaded loadTable(Connection connection, long tableId) throws SQLException {
    return new IndexLoad(
            connection,
            " WHERE file_id IN (SELECT file_id FROM datrang.files WHERE table_id = "
                + tableId
                + ")",
            0)
        .run();
  }
}
