package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.IcebergChange.TableFile;
import io.datrang.storage.parquet.WrittenFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Transaction;

/** The difference between two lists of files, as one Iceberg snapshot. */
record SnapshotChange(
    IcebergChange change,
    Map<Path, TableFile> before,
    long committedAtMs,
    FileStore stored,
    Map<Path, Long> vectorBytes) {

  /** Property of every snapshot of ours: the position it is of. */
  static final String LSN = "datrang.end-lsn";

  /** When it was written: the same for all tables of one storage commit. */
  static final String COMMITTED_AT = "datrang.committed-at-ms";

  /**
   * @param fromNothing whether the Iceberg table is new, so that files that were there are too
   */
  static SnapshotChange of(
      IcebergChange change, boolean fromNothing, long committedAtMs, FileStore stored) {
    Map<Path, TableFile> before = new HashMap<>();
    if (!fromNothing) {
      change.before().forEach(file -> before.put(file.path(), file));
    }
    return new SnapshotChange(change, before, committedAtMs, stored, new HashMap<>());
  }

  void addTo(Transaction transaction) {
    List<TableFile> after = change.after();
    if (after.isEmpty() && before.isEmpty()) {
      signed(transaction.newFastAppend()).commit(); // so that it can be read as it was, empty
      return;
    }
    RowDelta delta = transaction.newRowDelta();
    Snapshot current = transaction.table().currentSnapshot();
    if (current != null) {
      // There is one writer: nothing older has to be looked at, and it may be expired.
      delta.validateFromSnapshot(current.snapshotId());
    }
    Map<Path, TableFile> gone = new HashMap<>(before);
    for (TableFile file : after) {
      TableFile old = gone.remove(file.path());
      if (old == null) {
        delta.addRows(describe(file));
      }
      addVector(delta, old, file);
    }
    for (TableFile file : gone.values()) {
      delta.removeRows(describe(file));
      if (file.vector() != null) {
        delta.removeDeletes(vector(file));
      }
    }
    signed(delta).commit();
  }

  private <T extends SnapshotUpdate<T>> T signed(T update) {
    return update.set(LSN, change.lsn().toString()).set(COMMITTED_AT, Long.toString(committedAtMs));
  }

  private void addVector(RowDelta delta, TableFile old, TableFile now) {
    if (old != null && Objects.equals(old.vector(), now.vector())) {
      return;
    }
    if (old != null && old.vector() != null) {
      delta.removeDeletes(vector(old));
    }
    if (now.vector() != null) {
      delta.addDeletes(vector(now));
    }
  }

  private DataFile describe(TableFile file) {
    DataFiles.Builder builder =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .withPath(stored.location(file.path()))
            .withFormat(FileFormat.PARQUET)
            .withFileSizeInBytes(file.bytes());
    WrittenFile written = change.written().get(file.path());
    return written == null
        ? builder.withRecordCount(file.rows()).build()
        : builder.withMetrics(written.metrics()).withSplitOffsets(written.splitOffsets()).build();
  }

  private DeleteFile vector(TableFile file) {
    long bytes = vectorBytes.computeIfAbsent(file.vector().path(), stored::bytes);
    return DeletionVectorFile.describe(file.path(), file.vector(), bytes, stored);
  }
}
