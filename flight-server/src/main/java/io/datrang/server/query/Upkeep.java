package io.datrang.server.query;

import io.datrang.storage.Snapshot;
import io.datrang.storage.Storage;
import io.datrang.storage.StorageException;
import io.datrang.storage.Vacuumed;
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

  private final Storage storage;
  private final TableLookup tables;

  Upkeep(Storage storage, TableLookup tables) {
    this.storage = storage;
    this.tables = tables;
  }

  Object[] vacuum(long tableId, Cancellation cancellation) {
    try (Snapshot snapshot = storage.pin()) {
      tables.readable(snapshot, tableId);
    }
    Vacuumed done = stoppable(cancellation, () -> storage.vacuum(tableId, cancellation::stopWith));
    return new Object[] {
      done.filesBefore(),
      done.filesAfter(),
      done.bytesBefore(),
      done.bytesAfter(),
      done.rowsRemoved()
    };
  }

  private static <T> T stoppable(Cancellation cancellation, Supplier<T> work) {
    cancellation.enter(Cancellation.Phase.EXECUTING);
    try {
      return work.get();
    } catch (StorageException e) {
      cancellation.throwIfCancelled();
      throw e;
    }
  }
}
