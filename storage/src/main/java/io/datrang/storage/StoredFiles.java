package io.datrang.storage;

import io.datrang.index.FileIndex;
import io.datrang.index.IndexChecksum;
import io.datrang.index.IndexStore;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.Checksums;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files of {@code datrang.files}, with what the index says of them.
 *
 * @param byTable in the order they came
 * @param doubtful ids of files whose rows of the index are not those that were written: their index
 *     is taken to be empty
 */
record StoredFiles(Map<Long, List<DataFile>> byTable, Set<Long> doubtful) {

  /** All files there are. */
  static StoredFiles load(Connection connection, Path dataDirectory) throws SQLException {
    return load(connection, dataDirectory, TextBudget.BYTES_MAX);
  }

  /**
   * As above.
   *
   * @param textBytesMax what the files' text filters may take in all
   */
  static StoredFiles load(Connection connection, Path dataDirectory, long textBytesMax)
      throws SQLException {
    IndexStore.Loaded loaded = IndexStore.load(connection, textBytesMax);
    Set<Long> doubtful = doubtful(connection, loaded, "");
    loaded.indexes().keySet().removeAll(doubtful);
    return new StoredFiles(files(connection, dataDirectory, loaded.indexes()), doubtful);
  }

  /** Which of a table's files are doubtful, by these rows of the index. */
  static Set<Long> doubtful(Connection connection, IndexStore.Loaded loaded, long tableId)
      throws SQLException {
    return doubtful(connection, loaded, " AND table_id = " + tableId);
  }

  /** Files written by older versions have no checksum. */
  private static Set<Long> doubtful(Connection connection, IndexStore.Loaded loaded, String which)
      throws SQLException {
    Set<Long> doubtful = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT file_id, rows, bytes, (footer->>'index')::int8 FROM datrang.files"
                    + " WHERE footer->'index' IS NOT NULL"
                    + which)) {
      while (row.next()) {
        long none = IndexChecksum.of(row.getLong(2), row.getLong(3), new FileIndex(List.of()));
        if (loaded.checksums().getOrDefault(row.getLong(1), none) != row.getLong(4)) {
          doubtful.add(row.getLong(1));
        }
      }
    }
    return doubtful;
  }

  private static Map<Long, List<DataFile>> files(
      Connection connection, Path dataDirectory, Map<Long, FileIndex> indexes) throws SQLException {
    Map<Long, List<DataFile>> files = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT f.table_id, f.file_id, f.path, f.rows, f.bytes,"
                    + " v.path, v.blob_offset, v.blob_bytes, v.cardinality, f.sorted_by"
                    + " FROM datrang.files f LEFT JOIN datrang.deletion_vectors v USING (file_id)"
                    + " ORDER BY f.file_id")) {
      while (row.next()) {
        DeletionVectorFile.Blob vector =
            row.getString(6) == null
                ? null
                : new DeletionVectorFile.Blob(
                    dataDirectory.resolve(row.getString(6)),
                    row.getLong(7),
                    row.getLong(8),
                    row.getLong(9));
        files
            .computeIfAbsent(row.getLong(1), t -> new ArrayList<>())
            .add(
                DataFile.stored(
                    row.getLong(2),
                    dataDirectory.resolve(row.getString(3)),
                    row.getLong(4),
                    row.getLong(5),
                    indexes.getOrDefault(row.getLong(2), new FileIndex(List.of())),
                    List.of((Integer[]) row.getArray(10).getArray()),
                    vector));
      }
    }
    return files;
  }

  /** Checksums of the bytes of a table's files, by file id. */
  static Map<Long, List<Checksums.Part>> checksums(Connection connection, long tableId)
      throws SQLException {
    Map<Long, List<Checksums.Part>> checksums = new HashMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT file_id, (p->>0)::int8, (p->>1)::int8, (p->>2)::int8 FROM datrang.files,"
                + " jsonb_array_elements(footer->'crc32c') p WHERE table_id = ?")) {
      statement.setLong(1, tableId);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          checksums
              .computeIfAbsent(row.getLong(1), f -> new ArrayList<>())
              .add(new Checksums.Part(row.getLong(2), row.getLong(3), row.getLong(4)));
        }
      }
    }
    return checksums;
  }
}
