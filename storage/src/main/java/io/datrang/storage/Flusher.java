package io.datrang.storage;

import io.datrang.storage.FlushPoint.Flushed;
import io.datrang.storage.FlushPoint.Part;
import io.datrang.storage.iceberg.IcebergChange;
import io.datrang.storage.iceberg.IcebergCommit;
import io.datrang.storage.iceberg.IcebergHistory;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.RowId;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the delta of all tables to files and records that, with the applied position, in one
 * catalog transaction. One flush at a time; any thread.
 */
final class Flusher {
  /**
   * A backfill to complete.
   *
   * @param snapshotLsn its consistent point
   * @param files what it has written, by path
   */
  record Completion(MirrorTable table, Lsn snapshotLsn, Map<Path, WrittenFile> files) {}

  private static final Logger LOG = LoggerFactory.getLogger(Flusher.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final Catalog catalog;
  private final LiveTables tables;
  private final SnapshotRegistry registry;
  private final IcebergHistory history;
  private final FileLayouts layouts;

  /** Under the lock. */
  private final Refusals refusals = new Refusals(System::nanoTime);

  private volatile Lsn durable;
  private volatile FlushFigures figures = FlushFigures.NONE;

  Flusher(
      StorageConfig config,
      EngineDatabase engine,
      BufferAllocator allocator,
      Catalog catalog,
      LiveTables tables,
      SnapshotRegistry registry,
      IcebergHistory history,
      FileLayouts layouts) {
    this.config = config;
    this.engine = engine;
    this.allocator = allocator;
    this.catalog = catalog;
    this.tables = tables;
    this.registry = registry;
    this.history = history;
    this.layouts = layouts;
    this.durable = catalog.durableAtStart();
  }

  Lsn durable() {
    return durable;
  }

  /** What has been written since storage was opened. */
  FlushFigures figures() {
    return figures;
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
    return complete(null);
  }

  /** Also completes a table's backfill, in the same transaction. */
  Lsn complete(Completion completion) {
    lock.lock();
    try {
      boolean again;
      do {
        again = !completeUndamaged(completion);
      } while (again);
      registry.removeUnneeded();
      return durable;
    } finally {
      lock.unlock();
    }
  }

  /** Answers false when a table was stopped, so that the others can be flushed. */
  private boolean completeUndamaged(Completion completion) {
    recordDamage();
    FlushPoint point;
    try {
      point = tables.files().beginFlush(completion == null ? null : completion.table());
      refusals.none();
    } catch (RefusedChangesException e) {
      throwIfLost("table " + e.tableId(), e);
      if (isRefusedForGood(e)) {
        stopDamaged(e.tableId(), "the engine does not take its newest changes: " + e.getMessage());
        return false;
      }
      throw e;
    }
    boolean nothing = point.tables().isEmpty() && point.ended().isEmpty();
    if (nothing && point.state().lsn().compareTo(durable) <= 0) {
      return true;
    }
    try {
      writeCounted(point, completion);
      return true;
    } catch (DamagedTableException e) {
      stopDamaged(e.tableId(), e.getMessage());
      return false;
    }
  }

  /**
   * One table must not keep the others, and the server's WAL, for ever, if its rows can be copied
   * anew. Those of others are only here, and in WAL: it waits for them.
   */
  private boolean isRefusedForGood(RefusedChangesException refusal) {
    long id = refusal.tableId();
    return !refusal.mayPass()
        && refusals.add(id)
        && tables.table(id).filter(MirrorTable::isReadable).isPresent()
        && catalog.isMirror(id);
  }

  /**
   * Stops a table whose files are damaged; the next flush records it. One that nobody can copy anew
   * goes on taking changes that were committed, and only cannot be read.
   */
  void stopDamaged(long tableId, String problem) {
    exclusively(
        () -> {
          LOG.error("table {} is stopped: {}", tableId, problem);
          tables
              .table(tableId)
              .map(MirrorTable::schema)
              .ifPresent(
                  schema -> {
                    if (RowId.isKeyOf(schema)) {
                      tables.damage(tableId, problem + Repair.of(schema));
                    } else {
                      tables.stopDamaged(tableId, durable, problem + Repair.of(schema));
                    }
                  });
        });
  }

  private void recordDamage() {
    for (MirrorTable table : tables.withUnstoredDamage()) {
      String damage = table.damage();
      catalog.transaction(
          "record what is damaged",
          connection -> Catalog.setDamage(connection, table.id(), damage));
      tables.damageIsStored(table, damage);
    }
  }

  /** Removes what no reader needs any more. */
  void removeUnneeded() {
    exclusively(registry::removeUnneeded);
  }

  private void writeCounted(FlushPoint point, Completion completion) {
    long start = System.nanoTime();
    try {
      List<TableCommit> commits = write(point, completion);
      FlushFigures one = FlushFigures.of(commits, System.nanoTime() - start);
      figures = figures.plus(one);
      if (!commits.isEmpty()) {
        LOG.info("flushed {} tables: {}, lsn={}", commits.size(), one, durable);
      }
    } catch (RuntimeException | Error e) {
      figures = figures.plus(FlushFigures.failed(System.nanoTime() - start));
      throw e;
    }
  }

  private List<TableCommit> write(FlushPoint point, Completion completion) {
    if (completion == null) {
      return write(point, null, () -> {});
    }
    try { // who reads in the catalog that a copy is complete also finds it complete
      return write(point, completion, registry::hold);
    } finally {
      registry.letGo();
    }
  }

  /**
   * Writes what is to be flushed.
   *
   * @param beforeCommit runs when nothing but the catalog's commit is left to do
   */
  private List<TableCommit> write(FlushPoint point, Completion completion, Runnable beforeCommit) {
    List<Path> created = new ArrayList<>();
    IcebergCommit iceberg = new IcebergCommit(history);
    List<TableCommit> commits;
    List<Flushed> results;
    try {
      commits = writeFiles(point, completion, created);
      results = commit(point, commits, iceberg, beforeCommit);
    } catch (CommitStateUnknownException | FencedException e) {
      // It may have happened; what is not needed goes when storage starts again.
      throw e;
    } catch (RuntimeException e) {
      config.files().remove(created);
      config.files().remove(iceberg.rolledBack());
      config.files().afterFailure(e);
      throw e;
    }
    try {
      publish(point, results, commits, iceberg);
    } catch (RuntimeException e) {
      throw new CommitStateUnknownException(
          "a flush was committed, but readers cannot see it: " + e.getMessage(), e);
    }
    return commits;
  }

  private void publish(
      FlushPoint point, List<Flushed> results, List<TableCommit> commits, IcebergCommit iceberg) {
    long layout = tables.files().endFlush(point, results);
    durable = point.state().lsn();
    Set<Path> unneeded = iceberg.committed();
    retireFiles(layout, unneeded);
    commits.forEach(c -> retirePositions(layout, c));
  }

  private List<TableCommit> writeFiles(
      FlushPoint point, Completion completion, List<Path> created) {
    List<TableCommit> commits = new ArrayList<>();
    try (DuckDBConnection connection = engine.connect()) {
      for (Part each : point.tables()) {
        TableFlush flush =
            new TableFlush(config, connection, allocator, each, layouts.of(each.schema()));
        try {
          commits.add(flush.run(completion));
        } catch (SQLException | IOException | RuntimeException e) {
          throw explained(each, e);
        } finally {
          created.addAll(flush.created());
        }
      }
      return commits;
    } catch (SQLException e) {
      throw new StorageException("cannot close the engine's connection: " + e.getMessage(), e);
    }
  }

  /** Changes that the engine has no more come again when storage is opened again. */
  private static void throwIfLost(String table, Exception e) {
    String why =
        EngineDatabase.isSpillDamaged(e)
            ? "were in a damaged temporary file of the engine"
            : EngineDatabase.isEnded(e) ? "were in the engine, which has failed" : null;
    if (why != null) {
      throw new CommitStateUnknownException(
          "changes of %s that are in no file yet %s: %s".formatted(table, why, e.getMessage()), e);
    }
  }

  /** Why a table could not be written: because of its files, or of something that may pass. */
  private StorageException explained(Part part, Exception e) {
    throwIfLost(part.schema().tableName(), e);
    return problems(part, e).stream()
        .filter(FileProblem::damaged)
        .findFirst()
        .<StorageException>map(p -> new DamagedTableException(part.table().id(), p.message()))
        .orElseGet(
            () ->
                new StorageException(
                    "cannot write the delta of %s to files: %s"
                        .formatted(part.schema().tableName(), e.getMessage()),
                    e));
  }

  /** What is wrong with the files of a table, if that is not known. */
  private List<FileProblem> problems(Part part, Exception e) {
    if (part.damage() != null) {
      return List.of();
    }
    List<DataFile> files = part.files().stream().filter(f -> f.fileId() != 0).toList();
    List<FileProblem> problems = new ArrayList<>(FileCheck.presence(files, config.files()::bytes));
    if (problems.isEmpty() && e instanceof SQLException && !FullDisk.isReasonOf(e)) {
      FileCheck check =
          new FileCheck(part.schema(), config.files()); // the engine may have met damaged rows
      files.forEach(file -> check.file(file, List.of(), file.index()));
      problems.addAll(check.problems());
    }
    return problems;
  }

  private List<Flushed> commit(
      FlushPoint point, List<TableCommit> commits, IcebergCommit iceberg, Runnable beforeCommit) {
    List<Flushed> results = new ArrayList<>();
    Lsn lsn = point.state().lsn();
    catalog.transaction(
        "commit a flush",
        connection -> {
          for (int i = 0; i < commits.size(); i++) {
            TableCommit commit = commits.get(i);
            List<DataFile> files = catalog.record(connection, commit, lsn);
            results.add(new Flushed(point.tables().get(i), files, commit.backfilled()));
            long id = commit.schema().tableId();
            IcebergChange change =
                commit.forIceberg(TableDirectory.of(config.dataDirectory(), id), lsn);
            if (iceberg.add(connection, change).isPresent() && commit.backfilled() != null) {
              iceberg.addAnew(connection, change);
            }
          }
          for (FlushPoint.End end : point.ended()) {
            Catalog.setEnded(connection, end.table().id(), end.error(), end.frozenAt());
          }
          Catalog.setDurable(connection, lsn);
          iceberg.sync();
          beforeCommit.run();
        });
    return results;
  }

  /**
   * Commits new files of a table in the place of others that hold the same rows. The caller holds
   * the lock.
   *
   * @return what has to be run then, for readers to see them
   */
  Runnable commitFiles(MirrorTable table, TableCommit change) {
    return commitFiles(table, change, IcebergCommit::add);
  }

  /** How a table's Iceberg metadata is written. */
  private interface IcebergStep {
    void run(IcebergCommit iceberg, Connection connection, IcebergChange change)
        throws SQLException;
  }

  private Runnable commitFiles(MirrorTable table, TableCommit change, IcebergStep step) {
    IcebergCommit iceberg = new IcebergCommit(history);
    List<DataFile> files = new ArrayList<>();
    long id = change.schema().tableId();
    try {
      catalog.transaction(
          "commit a compaction",
          connection -> {
            files.addAll(catalog.record(connection, change, durable));
            Path directory = TableDirectory.of(config.dataDirectory(), id);
            step.run(iceberg, connection, change.forIceberg(directory, durable));
            iceberg.sync();
          });
    } catch (CommitStateUnknownException | FencedException e) {
      throw e;
    } catch (RuntimeException e) {
      config.files().remove(iceberg.rolledBack());
      throw e;
    }
    return () -> {
      long layout = tables.files().replaceFiles(table, files);
      Set<Path> unneeded = iceberg.committed();
      retireFiles(layout, unneeded);
      retirePositions(layout, change);
      registry.removeUnneeded();
    };
  }

  /** Makes a table's Iceberg form anew from what the catalog has. */
  void writeIcebergAnew(MirrorTable table) {
    exclusively(
        () -> {
          flush(); // so that the catalog has the table's newest description
          tables
              .files()
              .replaceable(table, table.schema().version(), List.of())
              .map(files -> new TableCommit(table.schema(), files, files, Map.of(), null))
              .ifPresent(same -> commitFiles(table, same, IcebergCommit::addAnew).run());
        });
  }

  /** Lets files go that only expired snapshots need. */
  void expireHistory(MirrorTable table) {
    exclusively(
        () -> {
          if (history.canExpire(table.id())) {
            int version = table.storedVersion();
            if (table.schema().version() == version) {
              tables
                  .files()
                  .replaceable(table, version, List.of())
                  .map(files -> new TableCommit(table.schema(), files, files, Map.of(), null))
                  .ifPresent(nothing -> commitFiles(table, nothing).run());
            }
          }
        });
  }

  private void retireFiles(long layout, Set<Path> unneeded) {
    if (!unneeded.isEmpty()) {
      registry.retireFiles(layout, catalog.commits(), () -> config.files().remove(unneeded));
    }
  }

  private void retirePositions(long layout, TableCommit commit) {
    List<Long> keys = commit.removed().stream().map(DataFile::key).toList();
    if (!keys.isEmpty()) {
      registry.retire(layout, () -> forgetPositions(commit.schema().tableId(), keys));
    }
  }

  private void forgetPositions(long tableId, List<Long> keys) {
    try (DuckDBConnection connection = engine.connect()) {
      EngineDatabase.run(connection, DeletedPositions.definition(tableId));
      EngineDatabase.run(connection, DeletedPositions.forget(tableId, keys));
    } catch (SQLException e) {
      throw new StorageException("cannot forget deleted positions: " + e.getMessage(), e);
    }
  }
}
