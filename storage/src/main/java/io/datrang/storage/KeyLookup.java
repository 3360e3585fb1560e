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
  private KeyLookup() {}

  static VectorSchemaRoot rows(
      DuckDBConnection connection,
      BufferAllocator allocator,
      FileStore.Use use,
      TableView view,
      long sequence,
      VectorSchemaRoot keys) {
    TableSchema schema = view.schema();
    VectorSchemaRoot found = VectorSchemaRoot.create(TypeMapping.rows(schema), allocator);
    found.allocateNew();
    if (keys.getRowCount() == 0) {
      return found;
    }
    List<Column> keyColumns = schema.keyColumns();
    KeyValues values = KeyValues.of(keyColumns, keys);
    List<DataFile> candidates = values.candidates(schema, view.files());
    use.add(DataFile.paths(candidates));
    FileSelection files = FileSelection.all(candidates);
    String query =
        "WITH k AS MATERIALIZED (SELECT "
            + DeltaWriter.casts(keyColumns)
            + " FROM "
            + ArrowImport.RELATION
            + ") SELECT * FROM ("
            + new RelationSql(view, sequence)
                .query(DeltaGeneration.columns(schema.columns()), schema.columns(), files)
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
