package io.datrang.server.updates;

import io.datrang.server.access.Session;
import io.datrang.server.query.Cancellation;
import io.datrang.storage.ReadOnlyException;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the writes of Flight SQL clients. Thread safe; calls wait for PostgreSQL. */
public final class ClientWrites implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClientWrites.class);
  private static final int ROWS_AT_ONCE = 1_000;

  private final RoleConnections connections;
  private final Transactions transactions;
  private final boolean readOnly;

  /** Writes to the database at this JDBC URL. */
  public ClientWrites(String url, InstantSource clock) {
    this(url, clock, false);
  }

  /**
   * As above.
   *
   * @param readOnly whether there are no writes
   */
  public ClientWrites(String url, InstantSource clock, boolean readOnly) {
    this.connections = new RoleConnections(url);
    this.transactions = new Transactions(clock, connections);
    this.readOnly = readOnly;
  }

  /**
   * Does nothing where writes are run.
   *
   * @throws ReadOnlyException where they are not
   */
  public void checkWritable() {
    if (readOnly) {
      throw new ReadOnlyException("run writes");
    }
  }

  /** What a client sends with a write, batch by batch. */
  public interface Batches {
    /** A statement that is not prepared: its client sends none, and does not say so either. */
    Batches NONE =
        new Batches() {
          @Override
          public boolean next() {
            return false;
          }

          @Override
          public VectorSchemaRoot root() {
            throw new IllegalStateException("there is no batch");
          }
        };

    /** Whether there is another batch; waits for the client. */
    boolean next();

    /** The batch. */
    VectorSchemaRoot root();
  }

  public Transactions transactions() {
    return transactions;
  }

  /** Whether a statement is run here, judged by its verb. */
  public static boolean isWrite(String sql) {
    return WriteStatement.isWrite(sql);
  }

  /** Types of a statement's parameters, as PostgreSQL infers them. */
  public Schema parameters(
      Writer writer, String transaction, String sql, Cancellation cancellation) {
    WriteStatement statement = WriteStatement.parse(sql);
    return within(
        writer,
        transaction,
        cancellation,
        connection -> ColumnTypes.parameters(check(statement, connection)));
  }

  /**
   * Runs a statement, once for each row of parameters if it has any; returns the number of rows it
   * changed. All of it is one transaction, or part of the given one.
   */
  public long update(
      Writer writer, String transaction, String sql, Batches rows, Cancellation cancellation) {
    WriteStatement statement = WriteStatement.parse(sql);
    return within(
        writer,
        transaction,
        cancellation,
        connection -> {
          check(statement, connection);
          return statement.parameters() == 0
              ? once(statement, connection)
              : forEachRow(statement, rows, connection, cancellation);
        });
  }

  /** Adds rows to a table, making it when that is asked for; returns their number. */
  public long ingest(
      Writer writer,
      String transaction,
      IngestTarget target,
      Batches rows,
      Cancellation cancellation) {
    return within(
        writer,
        transaction,
        cancellation,
        connection -> RowIngest.run(target, rows, connection, cancellation));
  }

  /**
   * PREPARE takes no other statements than queries and these, and one only: so PostgreSQL's own
   * grammar says what this is. Returns the types of its parameters.
   */
  private static List<String> check(WriteStatement write, Connection connection)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PREPARE datrang_checked AS " + write.checked());
      List<String> types;
      try (ResultSet row =
          statement.executeQuery(
              "SELECT parameter_types::pg_catalog.text[] FROM pg_catalog.pg_prepared_statements"
                  + " WHERE name OPERATOR(pg_catalog.=) 'datrang_checked'")) {
        row.next();
        types = List.of((String[]) row.getArray(1).getArray());
      }
      statement.execute("DEALLOCATE datrang_checked");
      return types;
    }
  }

  private static long once(WriteStatement write, Connection connection) throws SQLException {
    // Prepared, so that ?? is an operator here as it is with parameters.
    try (PreparedStatement statement = connection.prepareStatement(write.runnable())) {
      refuseRows(statement.execute());
      return statement.getLargeUpdateCount();
    }
  }

  private static void refuseRows(boolean has) {
    if (has) {
      throw WriteFailedException.refused(
          "0A000", "RETURNING is not served here", "Leave it out, or use PostgreSQL.");
    }
  }

  private static long forEachRow(
      WriteStatement write, Batches rows, Connection connection, Cancellation cancellation)
      throws SQLException {
    long changed = 0;
    int waiting = 0;
    boolean given = false;
    try (PreparedStatement statement = connection.prepareStatement(write.runnable())) {
      while (rows.next()) {
        given = true;
        VectorSchemaRoot root = rows.root();
        if (root.getFieldVectors().size() != write.parameters()) {
          throw WriteFailedException.refused(
              "08P01",
              "the statement has %d parameters, %d were given"
                  .formatted(write.parameters(), root.getFieldVectors().size()),
              null);
        }
        for (int row = 0; row < root.getRowCount(); row++) {
          for (int i = 0; i < write.order().size(); i++) {
            statement.setString(i + 1, InputText.of(root.getVector(write.order().get(i)), row));
          }
          statement.addBatch();
          if (++waiting == ROWS_AT_ONCE) {
            cancellation.throwIfCancelled();
            changed += run(statement);
            waiting = 0;
          }
        }
      }
      if (!given) {
        throw WriteFailedException.refused(
            "08P01", "the statement has parameters, and no values were given", null);
      }
      return changed + (waiting == 0 ? 0 : run(statement));
    }
  }

  private static long run(PreparedStatement batch) throws SQLException {
    long changed = 0;
    for (long rows : batch.executeLargeBatch()) {
      changed += Math.max(0, rows);
    }
    return changed;
  }

  /** In the client's transaction, or in one of its own. */
  private <T> T within(
      Writer writer, String transaction, Cancellation cancellation, Transactions.Work<T> work) {
    Transactions.Work<T> cancellable =
        connection -> {
          cancellation.enter(Cancellation.Phase.EXECUTING);
          cancellation.stopWith(() -> cancel(connection));
          return work.on(connection);
        };
    try {
      return transaction == null
          ? alone(writer, cancellable)
          : transactions.run(writer, transaction, cancellable);
    } catch (SQLException e) {
      throw cancellation.isCancelled() ? cancellation.exception() : WriteFailedException.of(e);
    }
  }

  private <T> T alone(Writer writer, Transactions.Work<T> work) throws SQLException {
    Connection connection = connections.open(writer);
    try {
      T result = work.on(connection);
      Lsn end = RoleConnections.commit(connection);
      if (end != null) {
        writer.session().wrote(end);
      }
      return result;
    } finally {
      RoleConnections.close(connection);
    }
  }

  private static void cancel(Connection connection) {
    try {
      connection.unwrap(PGConnection.class).cancelQuery();
    } catch (SQLException e) {
      LOG.debug("while cancelling", e);
    }
  }

  /** A client is gone: what it had not committed is rolled back. */
  public void ended(Session session) {
    transactions.endAll(session);
  }

  @Override
  public void close() {
    transactions.close();
  }
}
