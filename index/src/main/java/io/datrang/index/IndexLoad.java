package io.datrang.index;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads indexes of files, one file after the other, so that no more text filters are in memory than
 * are kept. Used once, by one thread.
 */
final class IndexLoad {
  private static final int FETCH_ROWS = 10_000;

  /** Of chunks with text filters, of 256 kB each. */
  private static final int FETCH_TEXTS = 50;

  private final Connection connection;
  private final String where;
  private final Map<Long, List<RowGroupIndex>> groups = new HashMap<>();
  private final Map<Long, Size> sizes = new HashMap<>();
  private final Map<Long, FileIndex> indexes = new HashMap<>();
  private final Map<Long, Long> checksums = new HashMap<>();
  private long textBytesLeft;

  /** A file's size, which its checksum has. */
  private record Size(long rows, long bytes) {}

  /**
   * @param where which files
   */
  IndexLoad(Connection connection, String where, long textBytesMax) {
    this.connection = connection;
    this.where = where;
    this.textBytesLeft = textBytesMax;
  }

  IndexStore.Loaded run() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_ROWS);
      readSizes(statement);
      readGroups(statement);
      if (hasTexts(statement)) {
        statement.setFetchSize(FETCH_TEXTS);
      }
      readChunks(statement);
    }
    List.copyOf(groups.keySet()).forEach(this::finish); // files without any chunks
    return new IndexStore.Loaded(indexes, checksums);
  }

  private boolean hasTexts(Statement statement) throws SQLException {
    String texts =
        where.isEmpty() ? " WHERE text_filter IS NOT NULL" : " AND text_filter IS NOT NULL";
    try (ResultSet row =
        statement.executeQuery(
            "SELECT EXISTS (SELECT FROM datrang.column_chunks" + where + texts + ")")) {
      return row.next() && row.getBoolean(1);
    }
  }

  private void readSizes(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery("SELECT file_id, rows, bytes FROM datrang.files" + where)) {
      while (rows.next()) {
        sizes.put(rows.getLong(1), new Size(rows.getLong(2), rows.getLong(3)));
      }
    }
  }

  private void readGroups(Statement statement) throws SQLException {
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

  /** Row group by row group, so that at most one's chunks are here unpacked. */
  private void readChunks(Statement statement) throws SQLException {
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
          put(file, ordinal, chunks);
          if (file != rows.getLong(1)) {
            finish(file);
          }
          file = rows.getLong(1);
          ordinal = rows.getInt(2);
          chunks = new HashMap<>();
        }
        chunks.put(rows.getInt(3), chunk(rows));
      }
      put(file, ordinal, chunks);
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

  private void put(long file, int ordinal, Map<Integer, ChunkIndex> chunks) {
    List<RowGroupIndex> its = groups.get(file);
    if (its != null) {
      its.replaceAll(group -> group.ordinal() == ordinal ? group.with(chunks) : group);
    }
  }

  private void finish(long file) {
    List<RowGroupIndex> its = groups.remove(file);
    Size size = sizes.get(file);
    if (its == null || size == null) {
      return;
    }
    FileIndex index = new FileIndex(its);
    checksums.put(file, IndexChecksum.of(size.rows, size.bytes, index));
    boolean fits = index.textBytes() <= textBytesLeft;
    textBytesLeft -= fits ? index.textBytes() : 0;
    indexes.put(file, fits ? index : index.withoutTexts());
  }
}
