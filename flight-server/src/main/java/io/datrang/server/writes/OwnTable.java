package io.datrang.server.writes;

import io.datrang.index.Predicate;
import io.datrang.replication.writes.StagedChunk;
import io.datrang.storage.ScanPlan;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.Optional;

/** A native table as the transaction sees it that is writing to it. */
final class OwnTable implements TableSnapshot {
  private final TableSchema schema;
  private final TableSnapshot committed;
  private final List<StagedChunk> chunks;

  /**
   * @param committed null when the transaction has made the table itself
   * @param written what the transaction did to it, in order
   */
  OwnTable(TableSchema schema, TableSnapshot committed, List<StagedChunk> written) {
    int start = 0;
    for (int i = 0; i < written.size(); i++) {
      if (written.get(i).truncates()) {
        start = i;
      }
    }
    boolean truncated = !written.isEmpty() && written.get(start).truncates();
    this.schema = schema;
    this.committed = truncated ? null : committed;
    this.chunks = written.subList(start, written.size());
  }

  @Override
  public TableSchema schema() {
    return schema;
  }

  @Override
  public String unreadableBecause() {
    return committed == null ? null : committed.unreadableBecause();
  }

  @Override
  public Optional<Lsn> frozenAt() {
    return committed == null ? Optional.empty() : committed.frozenAt();
  }

  @Override
  public long rowCount() {
    long before = committed == null ? 0 : committed.rowCount();
    long change = chunks.stream().mapToLong(c -> c.rows() - c.deletes()).sum();
    return Math.max(0, before + change);
  }

  @Override
  public ScanPlan plan(Predicate predicate) {
    return new OwnScan(schema, committed == null ? null : committed.plan(predicate), chunks);
  }
}
