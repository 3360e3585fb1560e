package io.datrang.storage;

import io.datrang.index.FileIndex;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.IcebergHistory;
import io.datrang.storage.iceberg.PastState;
import io.datrang.storage.parquet.RecentlyRead;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All tables as they were stored at one time, with today's columns. While it is open no file goes
 * that history has; what that is, is looked up after the newest snapshot is pinned for that reason.
 */
final class PastSnapshot implements Snapshot {
  private final SnapshotRegistry registry;
  private final SnapshotState pinned;
  private final Map<Long, List<PastState>> states;
  private final IcebergHistory history;
  private final PastFiles files;
  private final RecentlyRead recent;
  private final FileStore.Use use;
  private final AsOf asOf;
  private final long committedAtMs;
  private final Lsn lsn;
  private final Map<Long, TableSnapshot> tables = new HashMap<>();
  private final List<PastFiles.Loaded> loaded = new ArrayList<>();
  private boolean closed;

  private PastSnapshot(
      SnapshotRegistry registry,
      SnapshotState pinned,
      IcebergHistory history,
      PastFiles files,
      RecentlyRead recent,
      FileStore.Use use,
      AsOf asOf) {
    this.registry = registry;
    this.pinned = pinned;
    this.history = history;
    this.states = history.states();
    this.files = files;
    this.recent = recent;
    this.use = use;
    this.asOf = asOf;
    this.committedAtMs = committedAtMs(states, asOf);
    this.lsn =
        all(states)
            .filter(state -> state.committedAtMs() <= committedAtMs)
            .map(PastState::lsn)
            .max(Lsn::compareTo)
            .orElse(Lsn.ZERO);
  }

  static PastSnapshot pin(
      SnapshotRegistry registry,
      IcebergHistory history,
      PastFiles files,
      RecentlyRead recent,
      AsOf asOf) {
    SnapshotState pinned = registry.pin();
    try {
      return new PastSnapshot(registry, pinned, history, files, recent, files.forQuery(), asOf);
    } catch (RuntimeException e) {
      registry.release(pinned);
      throw e;
    }
  }

  private static Stream<PastState> all(Map<Long, List<PastState>> states) {
    return states.values().stream().flatMap(List::stream);
  }

  private static long committedAtMs(Map<Long, List<PastState>> states, AsOf asOf) {
    if (asOf instanceof AsOf.Time time) {
      return time.epochMs();
    }
    long id = ((AsOf.SnapshotId) asOf).id();
    return all(states)
        .filter(state -> state.id() == id)
        .findFirst()
        .orElseThrow(
            () -> new HistoryGoneException("no columnar table has, or has still, snapshot " + id))
        .committedAtMs();
  }

  @Override
  public Lsn lsn() {
    return lsn;
  }

  @Override
  public Collection<TableSnapshot> tables() {
    return pinned.tables().keySet().stream().map(this::table).flatMap(Optional::stream).toList();
  }

  @Override
  public Optional<TableSnapshot> table(String schemaName, String tableName) {
    return tables().stream()
        .filter(
            t ->
                t.schema().schemaName().equals(schemaName)
                    && t.schema().tableName().equals(tableName))
        .findFirst();
  }

  @Override
  public synchronized Optional<TableSnapshot> table(long tableId) {
    TableView today = pinned.tables().get(tableId);
    if (today == null) {
      return Optional.empty();
    }
    return Optional.of(tables.computeIfAbsent(tableId, id -> past(today)));
  }

  private TableSnapshot past(TableView today) {
    PastState state = state(today);
    Optional<Column> changed = state.changed(today.schema());
    if (changed.isPresent()) {
      throw new HistoryGoneException(
          "column \"%s\" of columnar table \"%s\" had another type at %s"
              .formatted(
                  changed.get().name(),
                  today.schema().tableName(),
                  Instant.ofEpochMilli(committedAtMs)));
    }
    Map<Path, FileIndex> indexes = new HashMap<>();
    today.files().forEach(file -> indexes.put(file.path(), file.index()));
    PastFiles.Loaded its = files.acquire(today.schema().tableId(), state, indexes);
    loaded.add(its);
    long rows = its.files().stream().mapToLong(DataFile::liveRows).sum();
    TableView view =
        new TableView(today.schema(), its.files(), 0, List.of(), rows, Lsn.ZERO, null, null);
    SnapshotState then =
        new SnapshotState(lsn, 0, pinned.layout(), Map.of(today.schema().tableId(), view));
    return new PinnedTable(new PinnedSnapshot(registry, then, null, null, recent, use), view);
  }

  private PastState state(TableView today) {
    List<PastState> its = states.getOrDefault(today.schema().tableId(), List.of());
    PastState newest = null;
    for (PastState each : its) {
      if (asOf instanceof AsOf.SnapshotId exact && each.id() == exact.id()) {
        return each;
      }
      if (each.committedAtMs() <= committedAtMs) {
        newest = each;
      }
    }
    if (committedAtMs >= history.unknownSinceMs(today.schema().tableId())) {
      throw new HistoryGoneException(
          "columnar table \"%s\" cannot be read as of %s: its Iceberg form is left as it is"
              .formatted(today.schema().tableName(), Instant.ofEpochMilli(committedAtMs)));
    }
    if (newest == null) {
      throw new HistoryGoneException(
          "columnar table \"%s\" cannot be read as of %s: its history %s"
              .formatted(
                  today.schema().tableName(),
                  Instant.ofEpochMilli(committedAtMs),
                  its.isEmpty()
                      ? "is empty"
                      : "begins at " + Instant.ofEpochMilli(its.get(0).committedAtMs())));
    }
    return newest;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      loaded.forEach(files::release);
      use.close();
      registry.release(pinned);
    }
  }
}
