package io.datrang.storage;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.ObjectFigures;
import io.datrang.storage.iceberg.IcebergHistory;
import io.datrang.storage.iceberg.IcebergPointers;
import io.datrang.storage.iceberg.PastState;
import io.datrang.storage.parquet.RecentlyRead;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.duckdb.DuckDBConnection;

/**
 * Storage on the local disk, with the catalog in PostgreSQL and the delta in the embedded engine.
 *
 * <p>Opening it takes the catalog over: an older sidecar's next commit fails with {@link
 * FencedException}. It restores what is durable; tables that were being backfilled start again.
 */
public final class LocalStorage implements WritableStorage {
  /** Part of the engine's memory that changes may take; the rest is for queries and flushes. */
  private static final long DELTA_PART_MAX = 4;

  /** How long a batch is held up at most while the delta is too large. */
  private static final Duration HOLD_MAX = Duration.ofSeconds(1);

  /** What pages that were read one by one and hashes of the delta's keys take of the heap. */
  static final long HEAP_BYTES_MAX = 96L << 20;

  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final Catalog catalog;
  private final IcebergHistory history;
  private final SnapshotRegistry registry;
  private final DuckDBConnection writerConnection;
  private final DuckDBConnection lookupConnection;
  private final DeltaWriter writer;
  private final LiveTables tables;
  private final Flusher flusher;
  private final FlushLoop loop;
  private final Compactor compactor;
  private final CompactionLoop compaction;
  private final TableCheck check;
  private final Consumer<StorageException> ended;
  private final FileLayouts layouts;
  private final HotCache cache;
  private final HeapBudget heap = new HeapBudget(HEAP_BYTES_MAX);
  private final RecentlyRead recent = new RecentlyRead(heap::pages);
  private final PastFiles past;
  private final CacheLoop cacheLoop;
  private final ReaderLeases readers;
  private boolean closed;

  private LocalStorage(
      StorageConfig config,
      EngineDatabase engine,
      BufferAllocator allocator,
      Catalog catalog,
      IcebergHistory history,
      List<MirrorTable> loaded,
      Consumer<StorageException> ended,
      Consumer<Compaction.Step> steps) {
    this.history = history;
    this.config = config;
    this.engine = engine;
    this.allocator = allocator;
    this.catalog = catalog;
    this.readers = new ReaderLeases(config.catalog());
    this.registry =
        new SnapshotRegistry(
            new SnapshotState(catalog.durableAtStart(), 0, 0, Map.of()), readers::oldestCommit);
    this.writerConnection = engine.connect();
    this.lookupConnection = engine.connect();
    this.writer = new DeltaWriter(writerConnection, allocator, config.files(), heap);
    this.tables = new LiveTables(registry, writer, new LateChanges(writer, allocator), loaded);
    this.layouts = new FileLayouts();
    layouts.learn(catalog);
    this.flusher =
        new Flusher(config, engine, allocator, catalog, tables, registry, history, layouts);
    this.loop = new FlushLoop(flusher, readers, config.flushInterval(), ended);
    this.past = new PastFiles(engine, allocator, config.files());
    this.cache = new HotCache(config.cacheBytesMax());
    this.cacheLoop = new CacheLoop(cache, registry, engine.connect(), config);
    this.compactor =
        new Compactor(
            config, engine, allocator, catalog, tables, registry, flusher, layouts, steps);
    this.compaction = new CompactionLoop(compactor, config.compactionInterval(), ended);
    this.check = new TableCheck(config, catalog, tables, registry, flusher, layouts);
    this.ended = ended;
  }

  /** Takes over the catalog, restores the tables and starts flushing. */
  public static LocalStorage open(StorageConfig config) {
    return open(config, failure -> {});
  }

  /**
   * Takes over the catalog, restores the tables and starts flushing.
   *
   * @param ended told, on a thread of this storage or a caller's, when it cannot make anything
   *     durable any more: {@link FencedException} when another sidecar has taken over, {@link
   *     CommitStateUnknownException} when it must be closed and opened again
   */
  public static LocalStorage open(StorageConfig config, Consumer<StorageException> ended) {
    return open(config, ended, step -> {});
  }

  static LocalStorage open(
      StorageConfig config,
      Consumer<StorageException> ended,
      Consumer<Compaction.Step> compactionSteps) {
    EngineDatabase engine = EngineDatabase.open(config);
    BufferAllocator allocator = new RootAllocator();
    IcebergHistory history = new IcebergHistory(config.history(), config.files());
    try {
      Catalog catalog = Catalog.open(config.catalog(), config.dataDirectory());
      Recovery recovery = new Recovery(config, engine, allocator, history);
      List<MirrorTable> loaded = recovery.run(catalog);
      LocalStorage storage =
          new LocalStorage(
              config, engine, allocator, catalog, history, loaded, ended, compactionSteps);
      storage.registry.retireFiles(0, catalog.commits(), recovery::removeOrphans);
      storage.registry.removeUnneeded();
      storage.loop.start();
      storage.cacheLoop.start();
      storage.compaction.start();
      return storage;
    } catch (RuntimeException e) {
      engine.close();
      allocator.close();
      throw e;
    }
  }

  /** Number under which the catalog was taken over. */
  public long epoch() {
    return catalog.epoch();
  }

  @Override
  public Lsn durableLsn() {
    return flusher.durable();
  }

  @Override
  public Lsn appliedLsn() {
    return registry.current().lsn();
  }

  @Override
  public List<TableSchema> tables() {
    return tables.liveSchemas();
  }

  @Override
  public void apply(ChangeBatch batch) {
    tables.apply(batch);
    long bytesMax = config.engineMemoryBytesMax() / DELTA_PART_MAX;
    long bytes = tables.flushableBytes();
    if (bytes >= bytesMax / 2 || tables.deltaRows() >= config.flushRows()) {
      loop.request();
    }
    if (bytes >= bytesMax) {
      loop.awaitFlush(HOLD_MAX); // the next batches wait with PostgreSQL
    }
  }

  @Override
  public void stage(ChangeBatch part) {
    tables.stage(part);
  }

  @Override
  public EarlyRows early(TableSchema schema) {
    return tables.early(schema);
  }

  @Override
  public void stage(EarlyRows rows) {
    tables.stage((EarlyGeneration) rows);
  }

  @Override
  public void alter(TableSchema schema) {
    tables.alter(schema);
  }

  @Override
  public void removeRows(long tableId, int fieldId, List<Long> values) {
    tables.removeRows(tableId, fieldId, values);
  }

  @Override
  public void unstage() {
    tables.unstage();
  }

  @Override
  public void advance(Lsn watermark) {
    tables.advance(watermark);
  }

  @Override
  public VectorSchemaRoot lookup(long tableId, VectorSchemaRoot keys) {
    try (Snapshot ignored = pin();
        FileStore.Use use = config.files().forWork()) {
      KeyLookup lookup = new KeyLookup(keys, use);
      lookup.fetch(tables.inspect(tableId, (view, sequence) -> view)); // readers need not wait
      return tables.inspect(
          tableId, (view, sequence) -> lookup.rows(lookupConnection, allocator, view, sequence));
    }
  }

  @Override
  public Backfill beginBackfill(TableSchema schema) {
    long id = schema.tableId();
    freeze(id);
    layouts.learn(catalog);
    AtomicReference<MirrorTable> begun = new AtomicReference<>();
    flusher.exclusively(
        () -> {
          flusher.flush(); // what readers see until the copy is complete is in files from here on
          MirrorTable before = tables.table(id).filter(MirrorTable::isReadable).orElse(null);
          if (before == null) {
            removeRemains(id);
          }
          MirrorTable table = MirrorTable.backfilling(schema, before, tables.sequence());
          tables.replace(table);
          begun.set(table);
        });
    MirrorTable table = begun.get();
    return new LocalBackfill(
        config, table, tables, flusher, layouts.of(schema).form(), () -> abandon(table), ended);
  }

  /** Removes what an earlier copy that was not completed has left. */
  private void removeRemains(long id) {
    catalog.transaction(
        "begin a backfill",
        connection -> {
          Catalog.removeFiles(connection, id);
          IcebergPointers.remove(connection, location(id));
          Catalog.setState(connection, id, "backfilling", null);
        });
    history.forget(id);
    tables.remove(id);
    Set<Path> old = filesOf(id);
    registry.retireFiles(
        registry.current().layout(), catalog.commits(), () -> config.files().remove(old));
  }

  private String location(long tableId) {
    return config.files().location(TableDirectory.of(config.dataDirectory(), tableId));
  }

  private Set<Path> filesOf(long tableId) {
    return config.files().list(TableDirectory.of(config.dataDirectory(), tableId)).keySet();
  }

  private void removeTree(long tableId) {
    config.files().remove(filesOf(tableId));
    TableDirectory.removeEmpty(config.dataDirectory(), tableId);
  }

  private void abandon(MirrorTable table) {
    if (table.predecessor() == null) {
      tables.remove(table.id());
    } else {
      tables.replace(table.predecessor());
    }
  }

  @Override
  public void freeze(long tableId) {
    boolean followed = tables.table(tableId).filter(MirrorTable::takesChanges).isPresent();
    if (followed) {
      tables.end(tableId, null);
      loop.request();
    }
  }

  @Override
  public void dropTable(long tableId) {
    flusher.exclusively(
        () -> {
          catalog.transaction(
              "drop a table",
              connection -> {
                Catalog.removeTable(connection, tableId);
                IcebergPointers.remove(connection, location(tableId));
              });
          history.forget(tableId);
          tables.remove(tableId);
          registry.retireFiles(
              registry.current().layout(), catalog.commits(), () -> removeTree(tableId));
        });
  }

  @Override
  public void failTable(long tableId, String message) {
    boolean followed = tables.table(tableId).filter(MirrorTable::isFollowed).isPresent();
    tables.end(tableId, message);
    if (followed) {
      loop.request(); // records it together with the position the table is of
      return;
    }
    // A copy of it has failed, and what readers see until the next one stays as it was.
    catalog.transaction(
        "stop a table", connection -> Catalog.setEnded(connection, tableId, message, null));
  }

  @Override
  public Lsn flush() {
    return flusher.flush();
  }

  private Snapshot pinned(SnapshotState state) {
    return new PinnedSnapshot(registry, state, tables, cache, recent, config.files().forQuery());
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
    return PastSnapshot.pin(registry, history, past, recent, asOf);
  }

  @Override
  public StoredTables pinStored() {
    AtomicReference<StoredTables> stored = new AtomicReference<>();
    flusher.exclusively(
        () -> {
          Lsn lsn = flusher.flush();
          SnapshotState pinned = registry.pin(); // before what is kept for it is looked up
          stored.set(new StoredTables(registry, pinned, history.states(), lsn));
        });
    return stored.get();
  }

  @Override
  public List<PastState> history(long tableId) {
    return history.states(tableId);
  }

  @Override
  public Optional<Lsn> awaited() {
    return registry.awaited();
  }

  @Override
  public Optional<TableStatus> status(long tableId) {
    return tables.status(tableId).map(s -> s.with(compactor.progress(tableId)));
  }

  @Override
  public Vacuumed vacuum(long tableId, Consumer<Runnable> stopper) {
    try {
      return compactor.vacuum(tableId, stopper);
    } catch (FencedException | CommitStateUnknownException e) {
      ended.accept(e);
      throw e;
    }
  }

  @Override
  public List<FileProblem> check(long tableId, BooleanSupplier stopped) {
    List<FileProblem> problems = check.check(tableId, stopped);
    loop.request(); // records that the table was stopped, if it was
    return problems;
  }

  @Override
  public int reindex(long tableId) {
    return check.reindex(tableId);
  }

  @Override
  public FlushFigures flushFigures() {
    return flusher.figures();
  }

  @Override
  public CompactionFigures compactionFigures() {
    return compactor.figures();
  }

  @Override
  public CacheFigures cacheFigures() {
    return cache.figures();
  }

  @Override
  public ObjectFigures objectFigures() {
    return config.files().figures();
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

  /** Ends flushing and the engine; what is not flushed comes again from the stream. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    compaction.close();
    cacheLoop.close();
    loop.close();
    registry.close("storage is closed");
    readers.close();
    try {
      lookupConnection.close();
      writer.close();
      tables.close();
      writerConnection.close();
    } catch (SQLException e) {
      throw new StorageException("cannot close the engine: " + e.getMessage(), e);
    } finally {
      engine.close();
      allocator.close();
    }
  }
}
