package io.datrang.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * The engine of the sidecar in this process, reading the mirrors' Parquet files without PostgreSQL,
 * Flight, snapshots or deleted rows: what a query would cost if nothing stood around the engine. It
 * has the threads and the memory a sidecar has by default.
 */
final class DirectEngine implements AutoCloseable {

  private static final double MEMORY_PART = 0.25;

  private final Connection connection;

  DirectEngine() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("threads", String.valueOf(Runtime.getRuntime().availableProcessors()));
    properties.setProperty("memory_limit", memoryBytes() + "B");
    properties.setProperty("autoinstall_known_extensions", "false");
    properties.setProperty("autoload_known_extensions", "false");
    connection = DriverManager.getConnection("jdbc:duckdb:", properties);
    Database.execute(
        connection, "SET GLOBAL TimeZone = 'UTC'", "SET GLOBAL parquet_metadata_cache = true");
  }

  private static long memoryBytes() {
    long all =
        ((com.sun.management.OperatingSystemMXBean)
                java.lang.management.ManagementFactory.getOperatingSystemMXBean())
            .getTotalMemorySize();
    return (long) (all * MEMORY_PART);
  }

  /** Makes a view over the files of a mirror. Its rows must all be in files, none deleted. */
  void view(Connection postgres, Path dataDirectory, String schema, String table)
      throws SQLException {
    List<String> files = new ArrayList<>();
    String sql =
        """
        SELECT f.path, f.rows,
               (SELECT sum(d.cardinality) FROM datrang.deletion_vectors d WHERE d.file_id = f.file_id)
        FROM datrang.files f JOIN datrang.tables t USING (table_id)
        WHERE t.schema_name = '%s' AND t.table_name = '%s' AND t.state = 'streaming'
        ORDER BY f.file_id
        """
            .formatted(schema, table);
    try (Statement statement = postgres.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        if (rows.getLong(3) != 0) {
          throw new IllegalStateException("a file of " + table + " has deleted rows: load it anew");
        }
        files.add("'" + dataDirectory.resolve(rows.getString(1)) + "'");
      }
    }
    Database.execute(
        connection,
        "CREATE VIEW %s AS SELECT * FROM read_parquet([%s])"
            .formatted(table, String.join(", ", files)));
  }

  /** Runs a query and fetches the whole answer; returns its number of rows. */
  long run(String sql) throws SQLException {
    long count = 0;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        for (int column = 1; column <= columns; column++) {
          rows.getObject(column);
        }
        count++;
      }
    }
    return count;
  }

  /** Runs a statement that gives no rows. */
  void execute(String sql) throws SQLException {
    Database.execute(connection, sql);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
