package io.datrang.storage;

import io.datrang.types.Lsn;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A snapshot some reader holds. */
final class PinnedSnapshot implements Snapshot {
  private final SnapshotRegistry registry;
  private final SnapshotState state;
  private final Map<Long, TableSnapshot> tables = new LinkedHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  PinnedSnapshot(SnapshotRegistry registry, SnapshotState state) {
    this.registry = registry;
    this.state = state;
    state.tables().forEach((id, view) -> tables.put(id, new PinnedTable(state, view)));
  }

  @Override
  public Lsn lsn() {
    return state.lsn();
  }

  @Override
  public Collection<TableSnapshot> tables() {
    return tables.values();
  }

  @Override
  public Optional<TableSnapshot> table(long tableId) {
    return Optional.ofNullable(tables.get(tableId));
  }

  @Override
  public Optional<TableSnapshot> table(String schemaName, String tableName) {
    return tables.values().stream()
        .filter(
            t ->
                t.schema().schemaName().equals(schemaName)
                    && t.schema().tableName().equals(tableName))
        .findFirst();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      registry.release(state);
    }
  }
}
