package io.datrang.server.flightsql;

import io.datrang.server.access.TableReader;
import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.request.Freshness;
import io.datrang.storage.Snapshot;
import io.datrang.storage.Storage;
import io.datrang.types.TableSchema;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/** Runs and describes the statements of Flight SQL clients. Thread safe. */
public final class SqlService implements AutoCloseable {
  /** A role runs more queries at a time than these by default. */
  private static final int PARTS_MAX = 8;

  private final Storage storage;
  private final SnapshotChooser snapshots;
  private final TableLookup tables;
  private final long endpointRows;
  private final PreparedStatements prepared = new PreparedStatements();
  private final DividedAnswers divided = new DividedAnswers();

  /** What a client learns when it prepares a statement. */
  public record Description(Schema parameters, Schema result) {}

  /**
   * One of the parts in which an answer is fetched.
   *
   * @param answer names it
   */
  public record Part(String answer, int number, int of) {}

  /** Divides no answer. */
  public SqlService(Storage storage, SnapshotChooser snapshots, TableLookup tables) {
    this(storage, snapshots, tables, Long.MAX_VALUE);
  }

  /**
   * For clients' statements over these tables.
   *
   * @param endpointRows rows of a plain scan for each part of its answer
   */
  public SqlService(
      Storage storage, SnapshotChooser snapshots, TableLookup tables, long endpointRows) {
    this.endpointRows = endpointRows;
    this.storage = storage;
    this.snapshots = snapshots;
    this.tables = tables;
  }

  public PreparedStatements prepared() {
    return prepared;
  }

  /**
   * A client's statement.
   *
   * @param schema where names without a schema are looked for first, or null
   * @param reader what the client may read
   * @param memoryBytesMax of the engine, for this query; 0 for a share of all
   */
  public record Statement(
      String sql, List<Object> parameters, String schema, TableReader reader, long memoryBytesMax) {
    public Statement(String sql, List<Object> parameters, String schema, TableReader reader) {
      this(sql, parameters, schema, reader, 0);
    }

    /** For what does not read much. */
    Statement unlimited() {
      return new Statement(sql, parameters, schema, reader);
    }
  }

  /** Runs a statement and sends its answer; returns the number of rows. */
  public long run(
      Statement statement,
      Freshness freshness,
      Answer answer,
      Cancellation cancellation,
      BufferAllocator allocator) {
    try (ClientQuery query =
        ClientQuery.open(storage, snapshots, tables, freshness, statement, cancellation)) {
      return query.run(statement.parameters(), answer, allocator);
    }
  }

  /**
   * Runs a statement over one part of its table, as {@link #divide} has made it.
   *
   * @param owner who has had it divided
   */
  public long run(
      Statement statement,
      Part part,
      long owner,
      Answer answer,
      Cancellation cancellation,
      BufferAllocator allocator) {
    try (ClientQuery query =
        ClientQuery.open(
            storage,
            () -> divided.snapshot(part.answer(), owner, part.number()),
            tables,
            statement,
            part,
            cancellation)) {
      return query.run(statement.parameters(), answer, allocator);
    }
  }

  /**
   * In how many parts the answer of a statement is to be fetched; 1 for whole. The parts are of one
   * snapshot, which is kept for them a while.
   *
   * @param answer names it from now on
   */
  public int divide(
      Statement statement,
      Freshness freshness,
      String answer,
      long owner,
      Cancellation cancellation) {
    if (endpointRows == Long.MAX_VALUE) {
      return 1;
    }
    try (ClientQuery query =
        ClientQuery.open(
            storage, snapshots, tables, freshness, statement.unlimited(), cancellation)) {
      int parts = (int) Math.min(PARTS_MAX, query.scannedRows() / endpointRows);
      if (parts < 2) {
        return 1;
      }
      Snapshot kept = query.snapshot().again();
      if (divided.keep(answer, owner, kept, parts)) {
        return parts;
      }
      kept.close();
      return 1;
    }
  }

  @Override
  public void close() {
    divided.close();
  }

  /** Checks a statement and says what goes in and out. */
  public Description describe(
      Statement statement,
      Freshness freshness,
      Cancellation cancellation,
      BufferAllocator allocator) {
    try (ClientQuery query =
        ClientQuery.open(
            storage, snapshots, tables, freshness, statement.unlimited(), cancellation)) {
      return new Description(
          query.parameterSchema(allocator), query.resultSchema(statement.parameters(), allocator));
    }
  }

  /** The tables a client sees. */
  public Metadata metadata(TableReader reader) {
    List<TableSchema> all = storage.tables();
    return new Metadata(all, reader.access(all.stream().map(TableSchema::tableId).toList()));
  }
}
