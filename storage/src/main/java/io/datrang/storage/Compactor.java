package io.datrang.storage;

import io.datrang.storage.parquet.WrittenFile;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps tables' files few, sorted and free of deleted rows: the one coordinator, which runs one
 * {@link Compaction} at a time. In the background it does what is worth it and keeps below a rate
 * of bytes; on demand it does all there is to do to a table. Any thread.
 */
final class Compactor {
  /** Part of the spill space that the rows of one compaction may take. */
  private static final long SPILLED_PART_MAX = 4;

  private static final Duration QUIET = Duration.ofSeconds(30);
  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

  private final ReentrantLock lock = new ReentrantLock(true);
  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final Catalog catalog;
  private final LiveTables tables;
  private final SnapshotRegistry registry;
  private final Flusher flusher;
  private final FileLayouts layouts;
  private final Consumer<Compaction.Step> steps;
  private final CompactionChoice choice;

  /** Of the background's thread. */
  private final Settling settling = new Settling(QUIET);

  /** Changed under the lock. */
  private volatile CompactionFigures figures = CompactionFigures.NONE;

  private volatile Work current;
  private volatile boolean closed;

  /** What is being done; for the status view, and to stop it. */
  private static final class Work {
    private final long tableId;
    private final Pace pace;
    private final DuckDBConnection connection;
    private final long bytes;
    private volatile long done;

    Work(long tableId, Pace pace, DuckDBConnection connection, long bytes) {
      this.tableId = tableId;
      this.pace = pace;
      this.connection = connection;
      this.bytes = bytes;
    }

    void did(long more) {
      done += more;
      pace.did(more);
    }

    /** Stops it, whatever it does: closing its connection is what the engine listens to. */
    void stop() {
      pace.stop();
      try {
        connection.close();
      } catch (SQLException e) {
        LOG.debug("cannot close a connection", e);
      }
    }
  }

  Compactor(
      StorageConfig config,
      EngineDatabase engine,
      BufferAllocator allocator,
      Catalog catalog,
      LiveTables tables,
      SnapshotRegistry registry,
      Flusher flusher,
      FileLayouts layouts,
      Consumer<Compaction.Step> steps) {
    this.config = config;
    this.engine = engine;
    this.allocator = allocator;
    this.catalog = catalog;
    this.tables = tables;
    this.registry = registry;
    this.flusher = flusher;
    this.layouts = layouts;
    this.steps = steps;
    this.choice = new CompactionChoice(config.smallFilesMax(), config.fileBytesTarget());
  }

  /** Does what is worth it now, to all tables. */
  void compactAll() {
    layouts.learn(catalog);
    for (MirrorTable table : tables.live()) {
      while (!closed && isThere(table) && compactDue(table)) {
        // goes on until nothing more is worth it
      }
      if (!closed) {
        flusher.expireHistory(table);
      }
    }
    settling.retain(
        registry.current().tables().values().stream().flatMap(v -> v.files().stream()).toList());
  }

  /** A table may be dropped while others are compacted. */
  private boolean isThere(MirrorTable table) {
    return registry.current().tables().containsKey(table.id());
  }

  private boolean compactDue(MirrorTable table) {
    lock.lock();
    try (Pinned pinned = new Pinned(table)) {
      settling.look(pinned.view.files());
      if (choice.due(pinned.view.files(), settling::isSettled, bytesMax()).isEmpty()) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    lock.lock();
    try (Claimed claimed =
        claim(table, files -> choice.due(files, settling::isSettled, bytesMax()))) {
      return !claimed.files.isEmpty()
          && compact(claimed, new Pace(config.compactionBytesPerSecond()));
    } finally {
      lock.unlock();
    }
  }

  /** Between two flushes, so that no flush writes what is chosen anew meanwhile. */
  private Claimed claim(MirrorTable table, UnaryOperator<List<DataFile>> choose) {
    AtomicReference<Claimed> claimed = new AtomicReference<>();
    flusher.exclusively(() -> claimed.set(new Claimed(table, choose)));
    return claimed.get();
  }

  /**
   * Does all there is to do to a table: afterwards no file has rows that were deleted when it
   * began.
   *
   * @param stopper told how to stop it
   */
  Vacuumed vacuum(long tableId, Consumer<Runnable> stopper) {
    Pace pace = new Pace(Long.MAX_VALUE);
    stopper.accept(
        () -> {
          pace.stop();
          Work work = current;
          if (work != null && work.pace == pace) {
            work.stop();
          }
        });
    layouts.learn(catalog);
    MirrorTable table =
        tables.live().stream()
            .filter(t -> t.id() == tableId)
            .findAny()
            .orElseThrow(
                () -> new StorageException("table " + tableId + " takes no changes at present"));
    awaitTurn(pace);
    try {
      flusher.flush();
      List<DataFile> before;
      List<List<DataFile>> portions;
      try (Pinned pinned = new Pinned(table)) {
        before = pinned.view.files();
        portions = choice.untidy(before, layouts.of(pinned.view.schema()).sortBy(), bytesMax());
      }
      for (List<DataFile> portion : portions) {
        compactWhatIsLeft(table, portion, pace);
      }
      flusher.expireHistory(table);
      return vacuumed(before, table);
    } finally {
      lock.unlock();
    }
  }

  private void compactWhatIsLeft(MirrorTable table, List<DataFile> portion, Pace pace) {
    Set<Long> keys = portion.stream().map(DataFile::key).collect(Collectors.toSet());
    try (Claimed claimed =
        claim(table, files -> files.stream().filter(f -> keys.contains(f.key())).toList())) {
      if (!claimed.files.isEmpty()) {
        compact(claimed, pace);
      }
    }
  }

  private void awaitTurn(Pace pace) {
    try {
      while (!lock.tryLock(100, TimeUnit.MILLISECONDS)) {
        if (pace.isStopped() || closed) {
          throw new StorageException("stopped");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException("interrupted", e);
    }
  }

  private Vacuumed vacuumed(List<DataFile> before, MirrorTable table) {
    try (Pinned now = new Pinned(table)) {
      List<DataFile> after = now.view.files();
      return new Vacuumed(
          before.size(),
          after.size(),
          before.stream().mapToLong(DataFile::bytes).sum(),
          after.stream().mapToLong(DataFile::bytes).sum(),
          before.stream().mapToLong(f -> f.rows() - f.liveRows()).sum());
    }
  }

  private boolean compact(Claimed claimed, Pace pace) {
    long start = System.nanoTime();
    Pinned pinned = claimed.pinned;
    List<DataFile> files = claimed.files;
    long bytes = files.stream().mapToLong(DataFile::bytes).sum();
    Compaction compaction = new Compaction(config, allocator, tables, flusher, steps);
    boolean done = false;
    try (DuckDBConnection connection = engine.connect()) {
      Work work = new Work(pinned.table.id(), pace, connection, bytes * RowFiles.UNCOMPRESSED);
      current = work;
      pace.begin();
      done =
          compaction.run(
              connection,
              pinned.table,
              pinned.view,
              files,
              layouts.of(pinned.view.schema()),
              work::did);
      LOG.info(
          "compacted table {}: {} files of {} bytes in {} ms{}",
          pinned.table.id(),
          files.size(),
          bytes,
          (System.nanoTime() - start) / 1_000_000,
          done ? "" : ", in vain: the table has changed");
      return done;
    } catch (SQLException e) {
      throw new StorageException("cannot compact: " + e.getMessage(), e);
    } finally {
      current = null;
      long nanos = System.nanoTime() - start;
      figures =
          figures.plus(
              done
                  ? new CompactionFigures(
                      1,
                      0,
                      files.size(),
                      bytes,
                      compaction.written().size(),
                      compaction.written().stream().mapToLong(WrittenFile::bytes).sum(),
                      nanos)
                  : CompactionFigures.failed(nanos));
    }
  }

  CompactionFigures figures() {
    return figures;
  }

  private long bytesMax() {
    long spilled = config.engineTempBytesMax() / SPILLED_PART_MAX / RowFiles.UNCOMPRESSED;
    return Math.max(config.fileBytesTarget(), spilled);
  }

  /** What is being done to a table, or null. */
  String progress(long tableId) {
    Work work = current;
    if (work == null || work.tableId != tableId) {
      return null;
    }
    return "compacting, " + Math.min(100, 100 * work.done / Math.max(1, work.bytes)) + " %";
  }

  /** Ends what is under way; nothing begins any more. */
  void close() {
    closed = true;
    Work work = current;
    if (work != null) {
      work.stop();
    }
    lock.lock(); // until it has ended
    lock.unlock();
  }

  /** A table in a snapshot that is held. */
  private final class Pinned implements AutoCloseable {
    private final MirrorTable table;
    private final SnapshotState state;
    private final TableView view;

    Pinned(MirrorTable table) {
      this.table = table;
      this.state = registry.pin();
      TableView found = state.tables().get(table.id());
      if (found == null) {
        close();
        throw new StorageException("table " + table.id() + " is gone");
      }
      this.view = found;
    }

    @Override
    public void close() {
      registry.release(state);
    }
  }

  /** Files of a table that no flush writes anew meanwhile. */
  private final class Claimed implements AutoCloseable {
    private final Pinned pinned;
    private final List<DataFile> files;

    Claimed(MirrorTable table, UnaryOperator<List<DataFile>> choose) {
      this.pinned = new Pinned(table);
      try {
        List<DataFile> chosen = choose.apply(pinned.view.files());
        int version = pinned.view.schema().version();
        this.files = tables.files().claim(table, version, chosen) ? chosen : List.of();
      } catch (RuntimeException e) {
        pinned.close();
        throw e;
      }
    }

    @Override
    public void close() {
      tables.files().letGo(pinned.table);
      pinned.close();
    }
  }
}
