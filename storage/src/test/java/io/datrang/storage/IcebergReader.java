package io.datrang.storage;

import io.datrang.storage.iceberg.LocalFileIO;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.memory.RootAllocator;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.BaseDeleteLoader;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.duckdb.DuckDBConnection;

/** Reads tables as others do: Iceberg's JdbcCatalog, its planning, its deletion vectors. */
final class IcebergReader implements AutoCloseable {
  private final JdbcCatalog catalog = new JdbcCatalog();
  private final RootAllocator allocator = new RootAllocator();

  IcebergReader(String jdbcUrl) {
    Map<String, String> properties = new HashMap<>();
    properties.put("uri", jdbcUrl + "&currentSchema=datrang");
    properties.put("jdbc.schema-version", "V1");
    properties.put("jdbc.init-catalog-tables", "false");
    properties.put("warehouse", "unused");
    properties.put("io-impl", LocalFileIO.class.getName());
    catalog.initialize("datrang", properties);
  }

  Table table(TableSchema schema) {
    return catalog.loadTable(TableIdentifier.of(schema.schemaName(), schema.tableName()));
  }

  List<List<Object>> rows(TableSchema schema) {
    Table table = table(schema);
    List<List<Object>> rows = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles();
        DuckDBConnection engine = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:")) {
      EngineDatabase.run(engine, "SET TimeZone = 'UTC'");
      for (FileScanTask task : tasks) {
        rows.addAll(rows(engine, schema, table, task));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return rows;
  }

  private List<List<Object>> rows(
      DuckDBConnection engine, TableSchema schema, Table table, FileScanTask task) {
    String columns =
        schema.columns().stream().map(DeltaGeneration::column).collect(Collectors.joining(", "));
    String path = task.file().location();
    PositionDeleteIndex deleted =
        task.deletes().isEmpty()
            ? PositionDeleteIndex.empty()
            : new BaseDeleteLoader(file -> table.io().newInputFile(file.location()))
                .loadPositionDeletes(task.deletes(), path);
    List<Column> read = schema.columns();
    List<List<Object>> all =
        TestRows.query(
            engine,
            allocator,
            read,
            "SELECT "
                + columns
                + " FROM "
                + RelationSql.readPaths(schema, read, List.of(path))
                + " ORDER BY file_row_number");
    List<List<Object>> live = new ArrayList<>();
    for (int position = 0; position < all.size(); position++) {
      if (!deleted.isDeleted(position)) {
        live.add(all.get(position));
      }
    }
    return live;
  }

  @Override
  public void close() {
    catalog.close();
    allocator.close();
  }
}
