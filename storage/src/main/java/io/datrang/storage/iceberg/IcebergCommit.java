package io.datrang.storage.iceberg;

import io.datrang.storage.StorageException;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.FilesUnavailableException;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.iceberg.types.TypeUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Iceberg part of one storage commit: a snapshot for each table that changes, old snapshots
 * expired, and the pointers moved in the caller's transaction. Used by one thread: {@link #add} for
 * each table, {@link #sync} before the transaction is committed, then {@link #committed} or {@link
 * #rolledBack}.
 */
public final class IcebergCommit {
  private static final int FORMAT_VERSION = 3;

  /** The last: vectorized readers of Iceberg know not all encodings, others know them all. */
  private static final Map<String, String> PROPERTIES =
      Map.of(
          "write.parquet.compression-codec", "zstd",
          "write.metadata.delete-after-commit.enabled", "true",
          "write.metadata.previous-versions-max", "3",
          "commit.manifest.min-count-to-merge", "20",
          "read.parquet.vectorization.enabled", "false");

  private static final String REMEDY =
      "the table is read as before, and Iceberg's readers get what is there, until"
          + " datrang.reindex() has made its Iceberg form anew; let nobody remove orphan files before:"
          + " what was written since is in no Iceberg metadata";

  private static final Logger LOG = LoggerFactory.getLogger(IcebergCommit.class);

  private record Result(IcebergChange change, TableMetadata metadata) {}

  private final IcebergHistory history;
  private final long committedAtMs = System.currentTimeMillis();
  private final FileStore files;
  private final CommitFileIO io;
  private final List<Result> results = new ArrayList<>();
  private final Map<Long, IcebergProblem> left = new HashMap<>();
  private final Set<Long> anew = new HashSet<>();

  /**
   * @param history what earlier commits have left to be removed later
   */
  public IcebergCommit(IcebergHistory history) {
    this.history = history;
    this.files = history.files();
    this.io = new CommitFileIO(files);
  }

  /**
   * Writes a table's new metadata and moves its pointer.
   *
   * @return why that cannot be, of the metadata there is: it stays as it is, until {@link #addAnew}
   */
  public Optional<IcebergProblem> add(Connection connection, IcebergChange change)
      throws SQLException {
    IcebergPointers.rename(connection, files.location(change.directory()), change.table());
    IcebergInspection inspection =
        new IcebergInspection(connection, change.table(), change.directory(), files);
    Optional<IcebergProblem> problem = inspection.left();
    if (problem.isEmpty()) {
      Savepoint before = connection.setSavepoint();
      try {
        write(connection, change);
      } catch (UncheckedSQLException | CommitFailedException | FilesUnavailableException e) {
        throw failed(change, e);
      } catch (RuntimeException e) {
        problem = inspection.damage();
        if (problem.isEmpty()) {
          if (mayPass(e)) {
            throw failed(change, e);
          }
          problem = inspection.unusable(e);
        }
        connection.rollback(before);
      }
      connection.releaseSavepoint(before); // more than 64 slow the server's other sessions down
    }
    if (problem.isPresent()) {
      leave(connection, change, problem.get());
    }
    return problem;
  }

  private void leave(Connection connection, IcebergChange change, IcebergProblem problem)
      throws SQLException {
    long table = change.table().tableId();
    left.put(table, problem);
    IcebergPointers.isIncomplete(connection, change.table());
    IcebergPointers.report(connection, table, problem.message() + "; " + REMEDY);
  }

  /** Whether it may have been because of the disk or the store, and not of the metadata. */
  private static boolean mayPass(RuntimeException failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof IOException
          || e instanceof NotFoundException
          || e instanceof StorageException) {
        return true;
      }
    }
    return false;
  }

  private static RuntimeException failed(IcebergChange change, RuntimeException e) {
    return e instanceof FilesUnavailableException
        ? e
        : new StorageException(
            "cannot write Iceberg metadata of " + change.table().tableName() + ": " + e, e);
  }

  /** Makes a table's metadata anew, whatever there is: of one snapshot, without a past. */
  public void addAnew(Connection connection, IcebergChange change) throws SQLException {
    long table = change.table().tableId();
    String directory = files.location(change.directory());
    IcebergPointers.remove(connection, directory, change.table());
    try {
      write(connection, change);
    } catch (UncheckedSQLException | UncheckedIOException | CommitFailedException e) {
      throw failed(change, e);
    }
    left.remove(table);
    anew.add(table);
    IcebergPointers.report(connection, table, null);
  }

  private void write(Connection connection, IcebergChange change) throws SQLException {
    String directory = files.location(change.directory());
    CatalogTableOperations operations = new CatalogTableOperations(connection, change.table(), io);
    TableMetadata base = operations.refresh();
    if (base != null && !base.location().equals(directory)) {
      if (base.metadataFileLocation().startsWith(directory + "/")) {
        throw new IllegalStateException("metadata of " + base.location() + " in " + directory);
      }
      // A table of the same name that is gone.
      IcebergPointers.remove(connection, base.location());
      operations = new CatalogTableOperations(connection, change.table(), io);
      base = null;
    }
    if (base != null) {
      base = withSchema(operations, base, change.table());
    }
    if (base != null && change.isEmpty() && !history.canExpire(change.table().tableId())) {
      results.add(new Result(change, base));
      return;
    }
    if (base == null) {
      IcebergPointers.remove(connection, directory); // of another name
    }
    Transaction transaction =
        base != null
            ? Transactions.newTransaction(operations.tableName(), operations)
            : Transactions.createTableTransaction(
                operations.tableName(), operations, newTable(change, directory));
    if (base != null && !base.properties().keySet().containsAll(PROPERTIES.keySet())) {
      UpdateProperties update = transaction.updateProperties();
      PROPERTIES.forEach(update::set);
      update.commit();
    }
    if (base == null || !change.isEmpty()) {
      SnapshotChange.of(change, base == null, committedAtMs, files).addTo(transaction);
    }
    transaction
        .expireSnapshots()
        .cleanExpiredFiles(false)
        .retainLast(1)
        .expireOlderThan(history.cutoff(change.table().tableId()))
        .commit();
    transaction.commitTransaction();
    results.add(new Result(change, operations.current()));
  }

  /** Iceberg's own way to change a schema gives out field ids; ours are those of the source. */
  private static TableMetadata withSchema(
      CatalogTableOperations operations, TableMetadata base, TableSchema table) {
    Schema schema = IcebergSchema.of(table);
    if (schema.sameSchema(base.schema())) {
      return base;
    }
    int lastColumnId = Math.max(base.lastColumnId(), lastColumnId(schema));
    operations.commit(
        base, TableMetadata.buildFrom(base).setCurrentSchema(schema, lastColumnId).build());
    return operations.current();
  }

  private static int lastColumnId(Schema schema) {
    return TypeUtil.getProjectedIds(schema).stream().max(Integer::compare).orElse(0);
  }

  private static TableMetadata newTable(IcebergChange change, String directory) {
    Schema schema = IcebergSchema.of(change.table());
    return TableMetadata.buildFromEmpty(FORMAT_VERSION)
        .assignUUID()
        .setLocation(directory)
        .setCurrentSchema(schema, lastColumnId(schema))
        .setDefaultPartitionSpec(PartitionSpec.unpartitioned())
        .setDefaultSortOrder(SortOrder.unsorted())
        .setProperties(PROPERTIES)
        .build();
  }

  /** Puts everything written on stable storage. */
  public void sync() {
    files.keep(io.written());
    io.kept();
  }

  /** Says that the transaction has happened; answers the files no snapshot needs any more. */
  public Set<Path> committed() {
    Set<Path> unneeded = new HashSet<>(io.deleted());
    anew.forEach(history::forget);
    left.forEach(
        (table, problem) -> {
          if (history.note(table, problem, committedAtMs)) {
            LOG.error("table {}: {}; {}", table, problem.message(), REMEDY);
          }
        });
    for (Result each : results) {
      unneeded.addAll(history.committed(each.change(), each.metadata(), io));
    }
    return unneeded;
  }

  /** Says that the transaction has not happened; answers the files written in vain. */
  public Set<Path> rolledBack() {
    return io.allWritten();
  }
}
