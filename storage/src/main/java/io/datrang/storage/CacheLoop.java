package io.datrang.storage;

import io.datrang.storage.files.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code datrang-cache}: fills the {@link HotCache} with what was read and is not in it,
 * and removes what it has let go of.
 */
final class CacheLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CacheLoop.class);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FADE_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** How much longer than to take columns in is waited before more of the table are. */
  private static final int REST = 4;

  private static final long FAILED_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Part of the engine's memory in use above which the cache gets smaller. */
  private static final double PRESSURE = 0.9;

  /** More than so many times smaller than estimated is not believed. */
  private static final int COMPRESSED_MAX = 8;

  private static final String OF_TABLES = " WHERE tag = 'IN_MEMORY_TABLE'";

  /** Footers of all files that were ever read: the engine lets go of them when it needs memory. */
  private static final String NEEDED = " WHERE tag <> 'OBJECT_CACHE'";

  private final HotCache cache;
  private final SnapshotRegistry registry;
  private final DuckDBConnection connection;
  private final StorageConfig config;
  private final Thread thread = new Thread(this::run, "datrang-cache");
  private long number;
  private volatile boolean stopping;

  /** Takes over the connection. */
  CacheLoop(
      HotCache cache,
      SnapshotRegistry registry,
      DuckDBConnection connection,
      StorageConfig config) {
    this.cache = cache;
    this.registry = registry;
    this.connection = connection;
    this.config = config;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    long fadeAt = System.nanoTime() + FADE_NANOS;
    while (!stopping) {
      try {
        Set<Long> missed = cache.awaitMisses(LOOK_NANOS);
        cache.tidy(registry.current().tables());
        relieve();
        for (long table : missed) {
          fill(table);
        }
        for (CachedFiles each : cache.removable()) {
          EngineDatabase.run(connection, each.removal());
          cache.removed(each);
        }
        if (System.nanoTime() - fadeAt > 0) {
          cache.fade();
          fadeAt = System.nanoTime() + FADE_NANOS;
        }
      } catch (InterruptedException e) {
        return;
      } catch (SQLException | RuntimeException e) {
        if (!stopping) {
          LOG.warn("the hot cache was not filled: {}", e.toString());
        }
      }
    }
  }

  /**
   * Queries need the memory more; and they would fail where what is here cannot be spilled to make
   * room for them.
   */
  private void relieve() throws SQLException {
    long bytes = cache.figures().bytes();
    if (bytes > 0
        && (bytes > spillable()
            || engineBytes(NEEDED) > config.engineMemoryBytesMax() * PRESSURE)) {
      cache.shrink();
    }
  }

  /** How much there is room for on the disk. */
  private long spillable() {
    try {
      return Files.getFileStore(config.engineTempDirectory()).getUsableSpace();
    } catch (IOException e) {
      LOG.debug("cannot look at {}", config.engineTempDirectory(), e);
      return Long.MAX_VALUE;
    }
  }

  private long engineBytes(String condition) throws SQLException {
    return EngineDatabase.queryLong(
        connection,
        "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory()" + condition);
  }

  private void fill(long tableId) throws SQLException {
    SnapshotState snapshot = registry.pin();
    try {
      TableView view = snapshot.tables().get(tableId);
      if (view != null) {
        plan(view).ifPresent(this::make);
      }
    } finally {
      registry.release(snapshot);
    }
  }

  /** What fails here would fail again at the next read. */
  private Optional<CachePlan> plan(TableView view) {
    try {
      return cache.plan(view).filter(plan -> plan.bytes() <= spillable());
    } catch (RuntimeException e) {
      cache.rest(view.schema().tableId(), FAILED_NANOS);
      throw e;
    }
  }

  private void make(CachePlan plan) {
    CachedFiles made = new CachedFiles(++number, plan, plan.bytes());
    long begun = System.nanoTime();
    try (FileStore.Use use = config.files().forQuery()) {
      use.add(DataFile.paths(plan.files()));
      long before = engineBytes(OF_TABLES);
      EngineDatabase.run(connection, made.attachment());
      EngineDatabase.run(connection, made.creation(plan));
      EngineDatabase.run(connection, made.compression());
      // Other tables change meanwhile, and what is spilled does not count.
      made.resize(Math.max(plan.bytes() / COMPRESSED_MAX, engineBytes(OF_TABLES) - before));
      cache.put(made);
      long nanos = System.nanoTime() - begun;
      cache.rest(plan.tableId(), nanos * REST);
      LOG.debug(
          "cache: {} columns of {} files of table {}, {} bytes, in {} ms",
          plan.columns().size(),
          plan.files().size(),
          plan.tableId(),
          made.bytes(),
          nanos / 1_000_000);
    } catch (SQLException e) {
      cache.discard(made);
      cache.shrink();
      cache.rest(plan.tableId(), FAILED_NANOS);
      throw new StorageException("cannot take columns into the cache: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      cache.rest(plan.tableId(), FAILED_NANOS);
      throw e;
    }
  }

  /** Ends the thread, also while it fills. */
  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
    try {
      connection.close();
      thread.join();
    } catch (SQLException e) {
      throw new StorageException("cannot close the engine: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
