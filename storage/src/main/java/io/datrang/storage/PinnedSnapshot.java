package io.datrang.storage;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.RecentlyRead;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.deletes.PositionDeleteIndex;

/** A snapshot some reader holds. */
final class PinnedSnapshot implements Snapshot {
  private final SnapshotRegistry registry;
  private final SnapshotState state;
  private final LiveTables live;
  private final HotCache cache;
  private final RecentlyRead recent;
  private final FileStore.Use files;
  private final Map<Long, TableSnapshot> tables = new LinkedHashMap<>();
  private final Set<CachedFiles> used = new HashSet<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param live null where the tables have no delta
   * @param cache null for none
   * @param recent pages that were read lately
   * @param files what it needs of them; closed with it
   */
  PinnedSnapshot(
      SnapshotRegistry registry,
      SnapshotState state,
      LiveTables live,
      HotCache cache,
      RecentlyRead recent,
      FileStore.Use files) {
    this.registry = registry;
    this.state = state;
    this.live = live;
    this.cache = cache;
    this.recent = recent;
    this.files = files;
    state.tables().forEach((id, view) -> tables.put(id, new PinnedTable(this, view)));
  }

  long sequence() {
    return state.sequence();
  }

  RecentlyRead recentlyRead() {
    return recent;
  }

  /** What the cache has of these files, kept for as long as this snapshot is; null for nothing. */
  CachedFiles cached(long tableId, Collection<Column> columns, List<DataFile> files) {
    if (cache == null) {
      return null;
    }
    CachedFiles there = cache.use(tableId, columns, files);
    synchronized (used) {
      if (there != null && !used.add(there)) {
        cache.release(there);
      }
    }
    return there;
  }

  /** Returns when the engine has all of the table's delta. */
  void writeLate(TableView view) {
    if (!view.parts().isEmpty()) {
      live.writeLate(view, state.sequence());
    }
  }

  /** Returns when these files can be read; they can as long as this snapshot is. */
  void fetch(Collection<DataFile> wanted) {
    files.add(DataFile.paths(wanted));
  }

  /** Which of a file's rows are deleted. */
  PositionDeleteIndex deleted(DataFile file) {
    files.add(List.of(file.vector().path()));
    return DeletionVectorFile.read(file.path(), file.vector());
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
  public Snapshot again() {
    registry.pinAgain(state);
    return new PinnedSnapshot(registry, state, live, cache, recent, files.again());
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      registry.release(state);
      files.close();
      synchronized (used) {
        used.forEach(cache::release);
        used.clear();
      }
    }
  }
}
