package io.datrang.server.flightsql;

import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.request.Freshness;
import io.datrang.storage.Snapshot;
import io.datrang.storage.Storage;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/** Runs and describes the statements of Flight SQL clients. Thread safe. */
public final class SqlService {
  private final Storage storage;
  private final SnapshotChooser snapshots;
  private final TableLookup tables;
  private final PreparedStatements prepared = new PreparedStatements();

  /** What a client learns when it prepares a statement. */
  public record Description(Schema parameters, Schema result) {}

  public SqlService(Storage storage, SnapshotChooser snapshots, TableLookup tables) {
    this.storage = storage;
    this.snapshots = snapshots;
    this.tables = tables;
  }

  public PreparedStatements prepared() {
    return prepared;
  }

  /** Runs a statement and sends its answer; returns the number of rows. */
  public long run(
      String sql,
      List<Object> parameters,
      Freshness freshness,
      Answer answer,
      Cancellation cancellation,
      BufferAllocator allocator) {
    try (Snapshot snapshot = snapshots.pin(freshness, cancellation);
        ClientQuery query =
            ClientQuery.open(storage, snapshot, tables, freshness, sql, cancellation)) {
      return query.run(parameters, answer, allocator);
    }
  }

  /** Checks a statement and says what goes in and out. */
  public Description describe(String sql, List<Object> parameters, BufferAllocator allocator) {
    try (Snapshot snapshot = storage.pin();
        ClientQuery query =
            ClientQuery.open(
                storage, snapshot, tables, new Freshness.Eventual(), sql, new Cancellation())) {
      return new Description(
          query.parameterSchema(allocator), query.resultSchema(parameters, allocator));
    }
  }

  /** The tables clients see. */
  public Metadata metadata() {
    return new Metadata(storage.tables());
  }
}
