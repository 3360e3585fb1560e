package io.datrang.storage;

import io.datrang.storage.LiveTables.FlushPoint;
import io.datrang.storage.LiveTables.Flushed;
import io.datrang.storage.LiveTables.Frozen;
import io.datrang.types.Lsn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/**
 * Moves the delta of all tables to files and records that, with the applied position, in one
 * catalog transaction. One flush at a time; any thread.
 */
final class Flusher {
  private final ReentrantLock lock = new ReentrantLock();
  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final Catalog catalog;
  private final LiveTables tables;
  private final SnapshotRegistry registry;
  private volatile Lsn durable;

  Flusher(
      StorageConfig config,
      EngineDatabase engine,
      BufferAllocator allocator,
      Catalog catalog,
      LiveTables tables,
      SnapshotRegistry registry) {
    this.config = config;
    this.engine = engine;
    this.allocator = allocator;
    this.catalog = catalog;
    this.tables = tables;
    this.registry = registry;
    this.durable = catalog.durableAtStart();
  }

  Lsn durable() {
    return durable;
  }

  /** Runs something that must not meet a flush. */
  void exclusively(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  Lsn flush() {
    return flush(null, null);
  }

  /** Also completes a table's backfill, in the same transaction. */
  Lsn flush(MirrorTable completed, Lsn snapshotLsn) {
    lock.lock();
    try {
      FlushPoint point = tables.beginFlush(completed);
      boolean nothing = point.tables().isEmpty() && point.failed().isEmpty();
      if (!nothing || point.state().lsn().compareTo(durable) > 0) {
        write(point, completed, snapshotLsn);
      }
      registry.removable().forEach(Runnable::run);
      return durable;
    } finally {
      lock.unlock();
    }
  }

  /** Removes what no reader needs any more. */
  void removeUnneeded() {
    exclusively(() -> registry.removable().forEach(Runnable::run));
  }

  private void write(FlushPoint point, MirrorTable completed, Lsn snapshotLsn) {
    List<Path> created = new ArrayList<>();
    List<TableCommit> commits;
    List<Flushed> results;
    try {
      commits = writeFiles(point, completed, snapshotLsn, created);
      results = commit(point, commits);
    } catch (CommitStateUnknownException e) {
      throw e;
    } catch (RuntimeException e) {
      TableDirectory.remove(created);
      throw e;
    }
    long layout = tables.endFlush(point, results);
    durable = point.state().lsn();
    commits.forEach(c -> retireFiles(layout, c));
  }

  private List<TableCommit> writeFiles(
      FlushPoint point, MirrorTable completed, Lsn snapshotLsn, List<Path> created) {
    List<TableCommit> commits = new ArrayList<>();
    try (DuckDBConnection connection = engine.connect()) {
      for (Frozen each : point.tables()) {
        TableFlush flush =
            new TableFlush(config, connection, allocator, each, point.state().sequence());
        try {
          commits.add(flush.run(each.table() == completed ? snapshotLsn : null));
        } finally {
          created.addAll(flush.created());
        }
      }
      return commits;
    } catch (SQLException | IOException | UncheckedIOException e) {
      throw new StorageException("cannot write the delta to files: " + e.getMessage(), e);
    }
  }

  private List<Flushed> commit(FlushPoint point, List<TableCommit> commits) {
    List<Flushed> results = new ArrayList<>();
    catalog.transaction(
        "commit a flush",
        connection -> {
          for (int i = 0; i < commits.size(); i++) {
            TableCommit commit = commits.get(i);
            List<DataFile> files = catalog.record(connection, commit, point.state().lsn());
            results.add(new Flushed(point.tables().get(i), files, commit.backfilled()));
          }
          for (MirrorTable failed : point.failed()) {
            Catalog.setState(connection, failed.id(), "error", failed.error());
          }
          Catalog.setDurable(connection, point.state().lsn());
        });
    return results;
  }

  private void retireFiles(long layout, TableCommit commit) {
    List<Path> unneeded = new ArrayList<>(commit.vectorFilesRemoved());
    List<Long> keys = new ArrayList<>();
    for (DataFile file : commit.removed()) {
      unneeded.add(file.path());
      if (file.vector() != null) {
        keys.add(file.key());
      }
    }
    registry.retire(
        layout,
        () -> {
          TableDirectory.remove(unneeded);
          forgetPositions(commit.schema().tableId(), keys);
        });
  }

  private void forgetPositions(long tableId, List<Long> keys) {
    if (keys.isEmpty()) {
      return;
    }
    try (DuckDBConnection connection = engine.connect()) {
      EngineDatabase.run(connection, DeletedPositions.forget(tableId, keys));
    } catch (SQLException e) {
      throw new StorageException("cannot forget deleted positions: " + e.getMessage(), e);
    }
  }
}
