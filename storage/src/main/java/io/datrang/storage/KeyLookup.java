package io.datrang.storage;

import io.datrang.storage.files.FileStore;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.util.VectorAppender;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;

/** Reads the rows of given keys, from delta and files. */
final class KeyLookup {
  private final VectorSchemaRoot keys;
  private final FileStore.Use use;
  private KeyValues values;

  /** Files that were looked at, and those of them that may have one of the keys. */
  private List<DataFile> files;

  private List<DataFile> candidates;

  /**
   * @param keys key columns in index order
   * @param use holds the files until it is closed
   */
  KeyLookup(VectorSchemaRoot keys, FileStore.Use use) {
    this.keys = keys;
    this.use = use;
  }

  /** Has the files here that may have one of the keys. */
  void fetch(TableView view) {
    if (keys.getRowCount() > 0 && files != view.files()) {
      values = KeyValues.of(view.schema().keyColumns(), keys);
      files = view.files();
      candidates = values.candidates(view.schema(), files);
      use.add(DataFile.paths(candidates));
    }
  }

  /** The rows there are; waits for files only when the table has others than were fetched. */
  VectorSchemaRoot rows(
      DuckDBConnection connection, BufferAllocator allocator, TableView view, long sequence) {
    TableSchema schema = view.schema();
    VectorSchemaRoot found = VectorSchemaRoot.create(TypeMapping.rows(schema), allocator);
    found.allocateNew();
    if (keys.getRowCount() == 0) {
      return found;
    }
    fetch(view);
    List<Column> keyColumns = schema.keyColumns();
    String query =
        "WITH k AS MATERIALIZED (SELECT "
            + DeltaWriter.casts(keyColumns)
            + " FROM "
            + ArrowImport.RELATION
            + ") SELECT * FROM ("
            + new RelationSql(view, sequence)
                .query(
                    DeltaGeneration.columns(schema.columns()),
                    schema.columns(),
                    FileSelection.all(candidates))
            + ") r WHERE ("
            + DeltaGeneration.columns(keyColumns)
            + ") IN (FROM k)"
            + values.condition();
    try (ArrowImport ignored = ArrowImport.of(connection, allocator, keys);
        Statement statement = connection.createStatement();
        DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery(query);
        ArrowReader reader =
            (ArrowReader) result.arrowExportStream(allocator, Math.max(1, keys.getRowCount()))) {
      while (reader.loadNextBatch()) {
        append(reader.getVectorSchemaRoot(), found);
      }
      return found;
    } catch (SQLException | IOException e) {
      found.close();
      throw new StorageException(
          "cannot look rows of " + schema.tableName() + " up: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      found.close();
      throw e;
    }
  }

  private static void append(VectorSchemaRoot from, VectorSchemaRoot to) {
    for (int i = 0; i < to.getFieldVectors().size(); i++) {
      FieldVector target = to.getVector(i);
      from.getVector(i).accept(new VectorAppender(target), null);
    }
    to.setRowCount(to.getRowCount() + from.getRowCount());
  }
}
