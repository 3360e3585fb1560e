package io.datrang.server.writes;

import io.datrang.replication.writes.StagedChunk;
import io.datrang.replication.writes.StagedWrites;
import io.datrang.replication.writes.WriteRefusedException;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** A snapshot with a transaction's own writes on top. */
final class OwnSnapshot implements Snapshot {
  private final Snapshot committed;
  private final List<StagedChunk> chunks;
  private final StagedWrites writes;
  private final LongConsumer check;

  /**
   * @param check throws when a table cannot be read at this snapshot
   */
  OwnSnapshot(
      Snapshot committed, List<StagedChunk> chunks, StagedWrites writes, LongConsumer check) {
    this.check = check;
    this.committed = committed;
    this.chunks = chunks;
    this.writes = writes;
  }

  @Override
  public Lsn lsn() {
    return committed.lsn();
  }

  @Override
  public Collection<TableSnapshot> tables() {
    return committed.tables();
  }

  @Override
  public Optional<TableSnapshot> table(long tableId) {
    check.accept(tableId);
    Optional<TableSnapshot> before = committed.table(tableId);
    List<StagedChunk> own = chunks.stream().filter(c -> c.table().tableId() == tableId).toList();
    Optional<TableSnapshot> made = before.filter(t -> !writes.isBefore(lsn(), tableId));
    if (own.isEmpty() && made.isPresent()) {
      return made;
    }
    // A table that the snapshot does not have yet has nothing but what this transaction wrote.
    return writes.table(tableId).map(schema -> own(schema, made.orElse(null), own));
  }

  private static TableSnapshot own(
      TableSchema schema, TableSnapshot made, List<StagedChunk> written) {
    if (written.stream().anyMatch(c -> c.table().version() != schema.version())) {
      throw new WriteRefusedException(
          "columnar table \""
              + schema.tableName()
              + "\" was altered and written to by this transaction, which cannot read it any more");
    }
    return new OwnTable(schema, made, written);
  }

  @Override
  public Optional<TableSnapshot> table(String schemaName, String tableName) {
    return committed.table(schemaName, tableName);
  }

  @Override
  public void close() {
    committed.close();
  }
}
