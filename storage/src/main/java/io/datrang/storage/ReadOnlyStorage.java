package io.datrang.storage;

import io.datrang.storage.parquet.RecentlyRead;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.duckdb.DuckDBConnection;

/**
 * Storage that another sidecar writes: files and the catalog, no delta. A snapshot is of the
 * catalog's durable position; who waits for a later one has the other sidecar flush. Changes no
 * table and removes no file.
 */
public final class ReadOnlyStorage implements Storage {
  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final CatalogFollower follower;
  private final SnapshotRegistry registry;
  private final RecentlyRead recent = new RecentlyRead(() -> LocalStorage.HEAP_BYTES_MAX);
  private final HotCache cache;
  private final CacheLoop cacheLoop;
  private boolean closed;

  private ReadOnlyStorage(
      StorageConfig config,
      EngineDatabase engine,
      BufferAllocator allocator,
      CatalogFollower follower) {
    this.config = config;
    this.engine = engine;
    this.allocator = allocator;
    this.follower = follower;
    this.registry = follower.registry();
    this.cache = new HotCache(config.cacheBytesMax());
    this.cacheLoop = new CacheLoop(cache, registry, engine.connect(), config);
  }

  /**
   * Reads the catalog and follows it.
   *
   * @param name where this is served, for {@code datrang.readers}
   * @param lost told, on a thread of this storage, when it has to be closed and opened again
   */
  public static ReadOnlyStorage open(StorageConfig config, String name, Consumer<String> lost) {
    EngineDatabase engine = EngineDatabase.open(config);
    BufferAllocator allocator = new RootAllocator();
    try {
      CatalogFollower follower =
          CatalogFollower.open(
              config.catalog(),
              engine,
              new CatalogReading(config, engine, allocator),
              new ReaderLease(name),
              lost);
      ReadOnlyStorage storage = new ReadOnlyStorage(config, engine, allocator, follower);
      storage.cacheLoop.start();
      follower.start();
      return storage;
    } catch (RuntimeException e) {
      engine.close();
      allocator.close();
      throw e;
    }
  }

  /** Why the catalog is not followed at present. */
  public Optional<String> problem() {
    return Optional.ofNullable(follower.problem());
  }

  @Override
  public Lsn durableLsn() {
    return registry.current().lsn();
  }

  @Override
  public Lsn appliedLsn() {
    return registry.current().lsn();
  }

  @Override
  public List<TableSchema> tables() {
    return registry.current().tables().values().stream()
        .filter(view -> view.unreadable() == null)
        .map(TableView::schema)
        .toList();
  }

  private Snapshot pinned(SnapshotState state) {
    return new PinnedSnapshot(registry, state, null, cache, recent, config.files().forQuery());
  }

  @Override
  public Snapshot pin() {
    return pinned(registry.pin());
  }

  @Override
  public Snapshot pin(Lsn atLeast, Duration timeout) {
    return pinned(registry.pin(atLeast, timeout));
  }

  @Override
  public Snapshot pin(AsOf asOf) {
    throw new ReadOnlyException("read past states; ask the one that writes");
  }

  @Override
  public StoredTables pinStored() {
    throw new ReadOnlyException("send queries to a cluster");
  }

  @Override
  public Optional<Lsn> awaited() {
    return registry.awaited();
  }

  @Override
  public Optional<TableStatus> status(long tableId) {
    return Optional.ofNullable(registry.current().tables().get(tableId))
        .map(
            view ->
                new TableStatus(
                    view.rows(),
                    view.files().size(),
                    view.files().stream().mapToLong(DataFile::bytes).sum(),
                    0,
                    view.unreadable(),
                    null,
                    view.frozen() == null ? null : view.frozen().lsn()));
  }

  @Override
  public FlushFigures flushFigures() {
    return FlushFigures.NONE;
  }

  @Override
  public CacheFigures cacheFigures() {
    return cache.figures();
  }

  @Override
  public DuckDBConnection connect() {
    return engine.connect();
  }

  @Override
  public LimitedEngine limited(long memoryBytesMax) {
    return LimitedEngine.open(config, memoryBytesMax, engine, allocator);
  }

  @Override
  public BufferAllocator allocator() {
    return allocator;
  }

  @Override
  public Vacuumed vacuum(long tableId, Consumer<Runnable> stopper) {
    throw new ReadOnlyException("vacuum tables");
  }

  @Override
  public List<FileProblem> check(long tableId, BooleanSupplier stopped) {
    throw new ReadOnlyException("check tables");
  }

  @Override
  public int reindex(long tableId) {
    throw new ReadOnlyException("make indexes");
  }

  /** Ends following and the engine. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    cacheLoop.close();
    registry.close("storage is closed");
    follower.close();
    engine.close();
    allocator.close();
  }
}
