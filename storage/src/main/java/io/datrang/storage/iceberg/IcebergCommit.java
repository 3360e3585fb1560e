package io.datrang.storage.iceberg;

import io.datrang.storage.StorageException;
import io.datrang.storage.files.FileStore;
import io.datrang.types.TableSchema;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.iceberg.types.TypeUtil;

/**
 * The Iceberg part of one storage commit: a snapshot for each table that changes, old snapshots
 * expired, and the pointers moved in the caller's transaction. Used by one thread: {@link #add} for
 * each table, {@link #sync} before the transaction is committed, then {@link #committed} or {@link
 * #rolledBack}.
 */
public final class IcebergCommit {
  private static final int FORMAT_VERSION = 3;
  private static final Map<String, String> PROPERTIES =
      Map.of(
          "write.parquet.compression-codec", "zstd",
          "write.metadata.delete-after-commit.enabled", "true",
          "write.metadata.previous-versions-max", "3",
          "commit.manifest.min-count-to-merge", "20");

  private record Result(IcebergChange change, TableMetadata metadata) {}

  private final IcebergHistory history;
  private final long committedAtMs = System.currentTimeMillis();
  private final FileStore files;
  private final CommitFileIO io;
  private final List<Result> results = new ArrayList<>();

  /**
   * @param history what earlier commits have left to be removed later
   */
  public IcebergCommit(IcebergHistory history) {
    this.history = history;
    this.files = history.files();
    this.io = new CommitFileIO(files);
  }

  /** Writes a table's new metadata and moves its pointer. */
  public void add(Connection connection, IcebergChange change) throws SQLException {
    try {
      write(connection, change);
    } catch (UncheckedSQLException | UncheckedIOException | CommitFailedException e) {
      throw new StorageException(
          "cannot write Iceberg metadata of " + change.table().tableName() + ": " + e, e);
    }
  }

  private void write(Connection connection, IcebergChange change) throws SQLException {
    String directory = files.location(change.directory());
    IcebergPointers.rename(connection, directory, change.table());
    CatalogTableOperations operations = new CatalogTableOperations(connection, change.table(), io);
    TableMetadata base = operations.refresh();
    if (base != null && !base.location().equals(directory)) {
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
