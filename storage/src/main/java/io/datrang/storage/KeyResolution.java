package io.datrang.storage;

import io.datrang.storage.files.FileStore;
import io.datrang.types.TableSchema;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;

/** Finds the rows of files that deleted keys mean, and adds them to the deleted positions. */
final class KeyResolution {
  private final FileStore stored;
  private final DuckDBConnection connection;
  private final TableSchema schema;
  private List<DataFile> files;
  private final List<DeltaGeneration.View> parts;
  private final long floor;
  private final long sequence;

  /**
   * @param floor up to which the files' deleted positions are complete
   * @param sequence up to which keys are resolved now
   */
  KeyResolution(
      FileStore stored,
      DuckDBConnection connection,
      TableSchema schema,
      List<DataFile> files,
      List<DeltaGeneration.View> parts,
      long floor,
      long sequence) {
    this.stored = stored;
    this.connection = connection;
    this.schema = schema;
    this.files = files;
    this.parts = parts;
    this.floor = floor;
    this.sequence = sequence;
  }

  /** Answers how many rows of each file ({@link DataFile#key}) are newly deleted. */
  Map<Long, Long> run() throws SQLException {
    String table = DeletedPositions.table(schema.tableId());
    EngineDatabase.run(connection, DeletedPositions.definition(schema.tableId()));
    // A flush that failed, at whatever sequence, has left its positions behind. No layout has them.
    EngineDatabase.run(connection, "DELETE FROM " + table + " WHERE _seq > " + floor);
    KeyValues values = KeyValues.of(connection, schema.keyColumns(), deletedKeys());
    files = values.candidates(schema, files);
    if (files.isEmpty()) {
      return Map.of();
    }
    try (FileStore.Use use = stored.forWork()) {
      use.add(DataFile.paths(files));
      EngineDatabase.run(
          connection,
          "INSERT INTO "
              + table
              + " SELECT "
              + sequence
              + ", f.key, r.pos FROM ("
              + positions(values)
              + ") r JOIN (VALUES "
              + fileKeys()
              + ") f(i, key) ON f.i = r.i");
    }
    Map<Long, Long> counts = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT file, count(*) FROM "
                    + table
                    + " WHERE _seq = "
                    + sequence
                    + " GROUP BY file")) {
      while (row.next()) {
        counts.put(row.getLong(1), row.getLong(2));
      }
    }
    return counts;
  }

  private String deletedKeys() {
    return parts.stream()
        .filter(p -> p.keys() > 0)
        .map(
            p ->
                "SELECT "
                    + DeltaGeneration.columns(schema.keyColumns())
                    + " FROM "
                    + p.qualifiedKeys()
                    + " WHERE _seq <= "
                    + sequence)
        .collect(Collectors.joining(" UNION ALL "));
  }

  private String positions(KeyValues values) {
    String old =
        files.stream().anyMatch(f -> f.vector() != null)
            ? " AND (file_index::BIGINT, file_row_number) NOT IN ("
                + DeletedPositions.select(schema.tableId(), files, floor)
                + ")"
            : "";
    return "SELECT file_index::BIGINT AS i, file_row_number AS pos FROM "
        + RelationSql.readFiles(schema, schema.keyColumns(), files)
        + " WHERE ("
        + DeltaGeneration.columns(schema.keyColumns())
        + ") IN ("
        + deletedKeys()
        + ")"
        + values.condition()
        + old;
  }

  private String fileKeys() {
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < files.size(); i++) {
      values.append(i == 0 ? "" : ", ");
      values.append('(').append(i).append("::BIGINT, ").append(files.get(i).key());
      values.append("::BIGINT)");
    }
    return values.toString();
  }
}
