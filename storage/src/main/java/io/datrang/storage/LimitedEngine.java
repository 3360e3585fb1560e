package io.datrang.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine of its own for one query that may take no more memory than that. It reads files; what a
 * query needs of storage's engine is copied, and counts.
 */
public final class LimitedEngine implements AutoCloseable {
  /** Less than this is not enough for a scan of wide rows. */
  public static final long MEMORY_MIN = 32L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(LimitedEngine.class);
  private static final int BATCH_ROWS = 2048;

  private final EngineDatabase engine;
  private final Path temp;
  private final DuckDBConnection source;
  private final DuckDBConnection target;
  private final BufferAllocator allocator;
  private final Set<String> copied = new HashSet<>();

  private LimitedEngine(
      EngineDatabase engine, Path temp, DuckDBConnection source, BufferAllocator allocator) {
    this.engine = engine;
    this.temp = temp;
    this.source = source;
    this.target = engine.connect();
    this.allocator = allocator;
  }

  static LimitedEngine open(
      StorageConfig config, long memoryBytesMax, EngineDatabase from, BufferAllocator allocator) {
    Path temp = config.engineTempDirectory().resolve("limited-" + UUID.randomUUID());
    return new LimitedEngine(
        EngineDatabase.open(config, memoryBytesMax, temp), temp, from.connect(), allocator);
  }

  /** A new connection to it; the caller closes it before this. */
  public DuckDBConnection connect() {
    return engine.connect();
  }

  /** Makes a table of storage's engine here, with those of its rows, unless it is here already. */
  void copy(String name, String condition) {
    if (!copied.add(name + condition)) {
      return;
    }
    try {
      EngineDatabase.run(target, definition(name).replaceFirst("^CREATE TABLE ", CREATE));
      try (Statement statement = source.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT * FROM " + EngineDatabase.SCHEMA + "." + name + condition);
          ArrowReader reader =
              (ArrowReader)
                  rows.unwrap(DuckDBResultSet.class).arrowExportStream(allocator, BATCH_ROWS)) {
        while (reader.loadNextBatch()) {
          ArrowImport.run(
              target,
              allocator,
              reader.getVectorSchemaRoot(),
              "INSERT INTO "
                  + EngineDatabase.SCHEMA
                  + "."
                  + name
                  + " SELECT * FROM "
                  + ArrowImport.RELATION);
        }
      }
    } catch (SQLException | IOException e) {
      throw new StorageException("cannot copy what is not in files: " + e.getMessage(), e);
    }
  }

  private static final String CREATE = "CREATE TABLE IF NOT EXISTS ";

  private String definition(String name) throws SQLException {
    try (PreparedStatement statement =
        source.prepareStatement(
            "SELECT sql FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?")) {
      statement.setString(1, EngineDatabase.SCHEMA);
      statement.setString(2, name);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  @Override
  public void close() {
    try (DuckDBConnection closesSource = source;
        DuckDBConnection closesTarget = target) {
      LOG.trace("closing {}", temp);
    } catch (SQLException e) {
      throw new StorageException("cannot close the engine: " + e.getMessage(), e);
    } finally {
      engine.close();
      try {
        Files.deleteIfExists(temp);
      } catch (IOException e) {
        LOG.debug("{} stays", temp, e);
      }
    }
  }
}
