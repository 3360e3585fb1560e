package io.datrang.server.query;

import io.datrang.storage.FailedStart;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running engine statement on its own connection.
 *
 * <p>Belongs to the query's thread. Cancelling closes the connection from another thread: that
 * stops the engine before, during and after execution, which {@code Statement.cancel} does not.
 */
public final class EngineQuery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineQuery.class);

  private final DuckDBConnection connection;
  private final Cancellation cancellation;
  private PreparedStatement prepared;
  private Statement statement;
  private String statementSql = "";
  private List<Object> parameters = List.of();
  private ResultSet result;
  private ArrowReader reader;

  /** Takes over the connection. */
  public EngineQuery(DuckDBConnection connection, Cancellation cancellation) {
    this.connection = connection;
    this.cancellation = cancellation;
    cancellation.stopWith(this::closeConnection);
  }

  /** Runs a statement without a result. */
  public void execute(String sql) {
    try (PreparedStatement command = connection.prepareStatement(sql)) {
      command.execute();
    } catch (SQLException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** Runs a statement, forgets its rows, and returns the engine's report as JSON. */
  String explain(String sql) {
    try (PreparedStatement explain =
            connection.prepareStatement("EXPLAIN (ANALYZE, FORMAT JSON) " + sql);
        ResultSet rows = explain.executeQuery()) {
      rows.next();
      return rows.getString(2);
    } catch (SQLException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** Takes a statement without parameters: the engine plans a prepared one a second time. */
  public void take(String sql) {
    LOG.trace("engine statement: {}", sql);
    try {
      statement = connection.createStatement();
      statementSql = sql;
    } catch (SQLException | RuntimeException e) {
      throw failure(e);
    }
  }

  public PreparedStatement prepare(String sql) {
    LOG.trace("engine statement: {}", sql);
    try {
      prepared = connection.prepareStatement(sql);
      statement = prepared;
      statementSql = sql;
      parameters = List.of();
      return prepared;
    } catch (SQLException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** Binds the prepared statement's parameters; those past the end of the list are NULL. */
  public void bind(List<Object> values) {
    parameters = values;
    try {
      bind(prepared);
    } catch (SQLException | RuntimeException e) {
      throw failure(e);
    }
  }

  private void bind(PreparedStatement target) throws SQLException {
    int wanted = target.getParameterMetaData().getParameterCount();
    for (int i = 0; i < wanted; i++) {
      target.setObject(i + 1, i < parameters.size() ? parameters.get(i) : null);
    }
  }

  /**
   * Starts the statement in hand.
   *
   * @param allocator owns the batches; must be closed after this
   * @param batchRows rows in each batch but the last
   */
  public ArrowReader stream(BufferAllocator allocator, int batchRows) {
    cancellation.enter(Cancellation.Phase.EXECUTING);
    try {
      result = execute();
      reader =
          (ArrowReader)
              result.unwrap(DuckDBResultSet.class).arrowExportStream(allocator, batchRows);
      return reader;
    } catch (SQLException | RuntimeException e) {
      throw failure(e);
    }
  }

  /**
   * Starts the statement. The driver forgets why a streaming one failed at its start; so it is
   * started once more, in the way that says why.
   */
  private ResultSet execute() throws SQLException {
    try {
      return prepared == null ? statement.executeQuery(statementSql) : prepared.executeQuery();
    } catch (SQLException e) {
      if (FailedStart.isUnexplained(e) && !cancellation.isCancelled()) {
        try (PreparedStatement again = connection.prepareStatement(statementSql)) {
          bind(again);
          FailedStart.explain(again);
        }
      }
      throw e;
    }
  }

  /** Loads the next batch into the reader's root; false at the end. */
  public boolean next() {
    cancellation.enter(Cancellation.Phase.EXECUTING);
    try {
      return reader.loadNextBatch();
    } catch (IOException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** What went wrong: the engine's words, or that the client gave up. */
  public RuntimeException failure(Exception e) {
    return cancellation.isCancelled() ? cancellation.exception() : new QueryFailedException(e);
  }

  /** Lets go of the statement in hand, so that another can be prepared. */
  public void endStatement() {
    try (Statement closesStatement = statement;
        ResultSet closesResult = result) {
      if (reader != null) {
        reader.close();
      }
    } catch (SQLException | IOException e) {
      if (!cancellation.isCancelled()) {
        throw new QueryFailedException(e);
      }
    } finally {
      reader = null;
      result = null;
      prepared = null;
      statement = null;
    }
  }

  @Override
  public void close() {
    try {
      endStatement();
    } finally {
      closeConnection();
    }
  }

  private void closeConnection() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new QueryFailedException(e);
    }
  }
}
