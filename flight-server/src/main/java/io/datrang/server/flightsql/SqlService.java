package io.datrang.server.flightsql;

import io.datrang.server.access.TableReader;
import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.request.Freshness;
import io.datrang.storage.Storage;
import io.datrang.types.TableSchema;
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

  /**
   * A client's statement.
   *
   * @param schema where names without a schema are looked for first, or null
   * @param reader what the client may read
   */
  public record Statement(String sql, List<Object> parameters, String schema, TableReader reader) {}

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

  /** Checks a statement and says what goes in and out. */
  public Description describe(
      Statement statement, Cancellation cancellation, BufferAllocator allocator) {
    try (ClientQuery query =
        ClientQuery.open(
            storage, snapshots, tables, new Freshness.Eventual(), statement, cancellation)) {
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
