package io.datrang.storage;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;

/** The rows of one engine query as Arrow batches. Used by one thread. */
final class EngineStream implements AutoCloseable {
  private final Statement statement;
  private final DuckDBResultSet result;
  private final ArrowReader reader;

  private EngineStream(Statement statement, DuckDBResultSet result, ArrowReader reader) {
    this.statement = statement;
    this.result = result;
    this.reader = reader;
  }

  /**
   * Starts the query; a failure has the engine's words.
   *
   * @param sql must not read what can be read only once
   */
  static EngineStream open(
      DuckDBConnection connection, BufferAllocator allocator, String sql, int batchRows)
      throws SQLException {
    Statement statement = connection.createStatement();
    try {
      DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery(sql);
      return new EngineStream(
          statement, result, (ArrowReader) result.arrowExportStream(allocator, batchRows));
    } catch (SQLException e) {
      statement.close();
      if (FailedStart.isUnexplained(e)) {
        try (PreparedStatement again = connection.prepareStatement(sql)) {
          FailedStart.explain(again);
        }
      }
      throw e;
    }
  }

  /** Loads the next batch; false at the end. */
  boolean next() throws IOException {
    return reader.loadNextBatch();
  }

  VectorSchemaRoot batch() throws IOException {
    return reader.getVectorSchemaRoot();
  }

  @Override
  public void close() throws SQLException, IOException {
    try (statement;
        result) {
      reader.close();
    }
  }
}
