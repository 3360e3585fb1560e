package io.datrang.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.duckdb.DuckDBConnection;

/**
 * The one in-memory engine database: holds the delta and reads the files.
 *
 * <p>Thread ownership: {@link #connect} from any thread; a connection belongs to one thread.
 *
 * <p>It can reach the data and temp directories and nothing else, loads no extensions, and its
 * configuration is locked.
 */
final class EngineDatabase implements AutoCloseable {
  /** Schema of all delta tables. */
  static final String SCHEMA = "delta";

  /** What the engine says where a block that it spilled is not as it was written. */
  private static final String DAMAGED_SPILL = "Computed AES tag differs";

  /** How often tables were made or removed, in all engines of this process. */
  private static final AtomicLong DEFINITIONS = new AtomicLong();

  private final DuckDBConnection root;

  private EngineDatabase(DuckDBConnection root) {
    this.root = root;
  }

  static EngineDatabase open(StorageConfig config) {
    return open(config, config.engineMemoryBytesMax(), config.engineTempDirectory());
  }

  /** One with a limit and a directory to spill to of its own. */
  static EngineDatabase open(StorageConfig config, long memoryBytesMax, Path tempDirectory) {
    try {
      Files.createDirectories(config.dataDirectory());
      Files.createDirectories(tempDirectory);
      Properties properties = new Properties();
      properties.setProperty("jdbc_stream_results", "true");
      properties.setProperty("threads", Integer.toString(config.engineThreads()));
      properties.setProperty("memory_limit", memoryBytesMax + "B");
      properties.setProperty("temp_directory", tempDirectory.toString());
      properties.setProperty("max_temp_directory_size", config.engineTempBytesMax() + "B");
      properties.setProperty("autoinstall_known_extensions", "false");
      properties.setProperty("autoload_known_extensions", "false");
      DuckDBConnection root =
          (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:", properties);
      try {
        configure(root, config);
      } catch (SQLException e) {
        root.close();
        throw e;
      }
      return new EngineDatabase(root);
    } catch (IOException | SQLException e) {
      throw new StorageException("cannot start the engine: " + e.getMessage(), e);
    }
  }

  private static void configure(DuckDBConnection root, StorageConfig config) throws SQLException {
    run(root, "SET GLOBAL TimeZone = 'UTC'");
    run(root, "SET GLOBAL parquet_metadata_cache = true");
    // Where ORDER BY with a small LIMIT makes the engine fetch columns later, it shows the length
    // of a text or bytea for its value if a condition asks for its length in bytes. The first rows
    // of each group would lose the sign of zero: it keeps them as sort keys. A LEFT JOIN whose
    // right side must be NULL would be an anti join that other conditions cannot name columns of.
    run(
        root,
        "SET GLOBAL disabled_optimizers = 'late_materialization,top_n_window_elimination,"
            + "outer_join_simplification'");
    for (var setting : config.engineSettings().entrySet()) {
      run(
          root,
          "SET GLOBAL " + Sql.name(setting.getKey()) + " = " + Sql.literal(setting.getValue()));
    }
    run(root, "CREATE SCHEMA " + SCHEMA);
    run(
        root,
        "SET GLOBAL allowed_directories = ["
            + Sql.literal(config.dataDirectory() + "/")
            + ", "
            + Sql.literal(config.engineTempDirectory() + "/")
            + "]");
    run(root, "SET GLOBAL enable_external_access = false");
    run(root, "SET GLOBAL lock_configuration = true");
  }

  /**
   * Whether a statement failed because of a damaged temporary file: rows that were in it are lost.
   */
  static boolean isSpillDamaged(Throwable failure) {
    return failure.getMessage() != null && failure.getMessage().contains(DAMAGED_SPILL);
  }

  /**
   * Whether a statement failed because the engine takes none any more, until it is opened again.
   */
  static boolean isEnded(Throwable failure) {
    String message = failure.getMessage();
    return message != null
        && (message.contains("FATAL Error") || message.contains("database has been invalidated"));
  }

  DuckDBConnection connect() {
    try {
      return root.duplicate();
    } catch (SQLException e) {
      throw new StorageException("cannot connect to the engine: " + e.getMessage(), e);
    }
  }

  /** Runs a statement that answers no rows; returns how many rows it changed. */
  static long run(DuckDBConnection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (statement.execute(sql)) {
        return 0;
      }
      return statement.getLargeUpdateCount();
    } finally {
      if (sql.startsWith("CREATE") || sql.startsWith("DROP")) {
        defined();
      }
    }
  }

  /** Tables were made or removed. To be called again when that was committed later. */
  static void defined() {
    DEFINITIONS.incrementAndGet();
  }

  /**
   * Changes with every table that is made or removed. The engine plans statements that were
   * prepared before anew at every use.
   */
  static long definitions() {
    return DEFINITIONS.get();
  }

  static long queryLong(DuckDBConnection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void close() {
    try {
      root.close();
    } catch (SQLException e) {
      throw new StorageException("cannot close the engine: " + e.getMessage(), e);
    }
  }
}
