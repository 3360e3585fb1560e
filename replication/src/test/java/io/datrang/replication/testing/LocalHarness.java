package io.datrang.replication.testing;

import io.datrang.index.Predicate;
import io.datrang.storage.LocalStorage;
import io.datrang.storage.Snapshot;
import io.datrang.storage.StorageConfig;
import io.datrang.storage.TableSnapshot;
import io.datrang.storage.WritableStorage;
import io.datrang.storage.files.LocalFiles;
import io.datrang.types.Column;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;
import org.postgresql.ds.PGSimpleDataSource;

/** The real storage: files in a temporary directory, flushed every 200 ms. */
final class LocalHarness implements StorageHarness {
  private final Path directory;
  private final StorageConfig config;
  private LocalStorage storage;

  LocalHarness(SourceDatabase source) {
    try {
      directory = Files.createTempDirectory("datrang-data");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    PGSimpleDataSource catalog = new PGSimpleDataSource();
    catalog.setUrl(source.cluster().jdbcUrl());
    config =
        new StorageConfig(
            directory.resolve("tables"),
            catalog,
            256L << 20,
            64L << 20,
            2,
            directory.resolve("temp"),
            1L << 30,
            Map.of(),
            Duration.ofMillis(200),
            10_000,
            8L << 20,
            StorageConfig.SMALL_FILES_MAX,
            Duration.ofMillis(300),
            1L << 30,
            Duration.ZERO,
            new LocalFiles());
    storage = LocalStorage.open(config);
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public void kill() {
    storage.close(); // does not flush
    storage = LocalStorage.open(config);
  }

  @Override
  public List<List<String>> rows(long tableId) {
    try (Snapshot snapshot = storage.pin();
        DuckDBConnection engine = storage.connect();
        Statement statement = engine.createStatement()) {
      TableSnapshot table = snapshot.table(tableId).orElseThrow();
      if (table.unreadableBecause() != null) {
        throw new IllegalStateException(table.unreadableBecause());
      }
      List<String> columns = table.schema().columns().stream().map(Column::name).toList();
      String sql =
          "SELECT * FROM " + table.plan(new Predicate.Any()).relation(columns) + " AS everything";
      List<List<String>> rows = new ArrayList<>();
      try (DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery(sql);
          ArrowReader reader =
              (ArrowReader) result.arrowExportStream(storage.allocator(), 10_000)) {
        while (reader.loadNextBatch()) {
          rows.addAll(SourceDatabase.rows(reader.getVectorSchemaRoot()));
        }
      }
      return rows;
    } catch (SQLException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    storage.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
