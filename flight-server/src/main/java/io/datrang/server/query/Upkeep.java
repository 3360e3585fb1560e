package io.datrang.server.query;

import io.datrang.storage.Snapshot;
import io.datrang.storage.Storage;
import io.datrang.storage.StorageException;
import io.datrang.storage.Vacuumed;
import java.util.List;
import java.util.function.Supplier;
import org.apache.arrow.vector.types.pojo.Schema;

/** What a table's owner may have done to its files. */
final class Upkeep {
  static final Schema VACUUM =
      ShimService.schema(
          "files_before", ShimService.INT8,
          "files_after", ShimService.INT8,
          "bytes_before", ShimService.INT8,
          "bytes_after", ShimService.INT8,
          "rows_removed", ShimService.INT8);

  static final Schema CHECK =
      ShimService.schema(
          "file", ShimService.TEXT, "file_offset", ShimService.INT8, "problem", ShimService.TEXT);
  static final Schema REINDEX = ShimService.schema("files", ShimService.INT8);

  static final Schema SNAPSHOTS =
      ShimService.schema(
          "snapshot_id", ShimService.INT8,
          "committed_at_ms", ShimService.INT8,
          "lsn", ShimService.TEXT,
          "rows", ShimService.INT8,
          "files", ShimService.INT8);

  private final Storage storage;
  private final TableLookup tables;
  private final Cancellation cancellation;

  Upkeep(Storage storage, TableLookup tables, Cancellation cancellation) {
    this.storage = storage;
    this.tables = tables;
    this.cancellation = cancellation;
  }

  List<Object[]> vacuum(long tableId) {
    checkReadable(tableId);
    Vacuumed done = stoppable(() -> storage.vacuum(tableId, cancellation::stopWith));
    return List.<Object[]>of(
        new Object[] {
          done.filesBefore(),
          done.filesAfter(),
          done.bytesBefore(),
          done.bytesAfter(),
          done.rowsRemoved()
        });
  }

  List<Object[]> check(long tableId) {
    checkReadable(tableId);
    return stoppable(() -> storage.check(tableId, cancellation::isCancelled)).stream()
        .map(
            p ->
                new Object[] {p.file().toString(), p.offset() < 0 ? null : p.offset(), p.problem()})
        .toList();
  }

  List<Object[]> reindex(long tableId) {
    checkReadable(tableId);
    return List.<Object[]>of(new Object[] {(long) storage.reindex(tableId)});
  }

  List<Object[]> snapshots(long tableId) {
    return storage.history(tableId).stream()
        .map(
            state ->
                new Object[] {
                  state.id(),
                  state.committedAtMs(),
                  state.lsn().toString(),
                  state.rows(),
                  state.dataFiles()
                })
        .toList();
  }

  private void checkReadable(long tableId) {
    try (Snapshot snapshot = storage.pin()) {
      tables.readable(snapshot, tableId);
    }
  }

  private <T> T stoppable(Supplier<T> work) {
    cancellation.enter(Cancellation.Phase.EXECUTING);
    try {
      return work.get();
    } catch (StorageException e) {
      cancellation.throwIfCancelled();
      throw e;
    }
  }
}
