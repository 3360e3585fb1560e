package io.datrang.storage;

import io.datrang.storage.iceberg.DeletionVectorFile;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;

/** Writes deletion vectors from the engine's deleted positions. */
final class VectorFiles {
  private VectorFiles() {}

  /**
   * Writes one Puffin file with a vector for each of the files, and answers these with it.
   *
   * @param sequence up to which positions count
   * @param created takes the name of the Puffin file
   */
  static List<DataFile> write(
      StorageConfig config,
      DuckDBConnection connection,
      long tableId,
      List<DataFile> files,
      long sequence,
      List<Path> created)
      throws SQLException {
    if (files.isEmpty()) {
      return files;
    }
    Map<Long, DataFile> byKey =
        files.stream().collect(Collectors.toMap(DataFile::key, file -> file));
    Path path = TableDirectory.newVectorFile(config.dataDirectory(), tableId);
    created.add(path);
    DeletionVectorFile vectors = new DeletionVectorFile(path, config.files());
    String keys = files.stream().map(f -> Long.toString(f.key())).collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT file, pos FROM "
                    + DeletedPositions.table(tableId)
                    + " WHERE file IN ("
                    + keys
                    + ") AND _seq <= "
                    + sequence)) {
      while (row.next()) {
        vectors.delete(byKey.get(row.getLong(1)).path(), row.getLong(2));
      }
    }
    Map<Path, DeletionVectorFile.Blob> blobs = vectors.finish();
    return files.stream().map(f -> f.with(blobs.get(f.path()))).toList();
  }
}
