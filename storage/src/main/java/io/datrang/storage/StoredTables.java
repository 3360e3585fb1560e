package io.datrang.storage;

import io.datrang.storage.iceberg.PastState;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * All tables as their files had them at one LSN, and what a reader of Iceberg names to read the
 * same. The files stay until it is closed.
 */
public final class StoredTables implements AutoCloseable {
  private final SnapshotRegistry registry;
  private final SnapshotState pinned;
  private final Map<Long, List<PastState>> states;
  private final Lsn lsn;
  private boolean closed;

  /** The caller has flushed and keeps others from flushing meanwhile. */
  StoredTables(
      SnapshotRegistry registry, SnapshotState pinned, Map<Long, List<PastState>> states, Lsn lsn) {
    this.registry = registry;
    this.pinned = pinned;
    this.states = states;
    this.lsn = lsn;
  }

  /** Everything that was committed up to here is in the files, and nothing else. */
  public Lsn lsn() {
    return lsn;
  }

  /**
   * Iceberg's id of the table's state.
   *
   * @param columns what will be read of it, by today's names
   * @throws HistoryGoneException saying why there is none that has them
   */
  public long snapshotId(TableSchema schema, Collection<String> columns) {
    TableView view = pinned.tables().get(schema.tableId());
    List<PastState> its = states.getOrDefault(schema.tableId(), List.of());
    if (view == null || view.unreadable() != null || view.frozen() != null || its.isEmpty()) {
      throw new HistoryGoneException(schema.tableName() + " has no files of this position");
    }
    PastState newest = its.get(its.size() - 1);
    for (String column : columns) {
      if (schema.column(column).filter(newest::has).isEmpty()) {
        throw new HistoryGoneException(
            "column %s of %s is not in the files yet".formatted(column, schema.tableName()));
      }
    }
    return newest.id();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      registry.release(pinned);
    }
  }
}
