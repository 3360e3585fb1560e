package io.datrang.replication.apply;

import io.datrang.replication.fold.TableStoppedException;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Tables whose copy is not published yet; belongs to the applier's thread. */
final class CatchUps implements FollowedTables.StopListener {
  /** The copy's changes were lost with a failed batch; it has to be made again. */
  static final class CopyLostException extends RuntimeException {
    CopyLostException(Throwable cause) {
      super("applying changes failed while the table was being copied", cause);
    }
  }

  /** Rows or definition are not what was copied; it has to be copied again. */
  static final class CopyOvertakenException extends RuntimeException {
    CopyOvertakenException() {
      super("the definition of the table changed while it was being copied");
    }
  }

  private record CatchUp(FollowedTable table, Lsn from, CompletableFuture<Void> done) {}

  private final WritableStorage storage;
  private final Map<Long, CatchUp> waiting = new HashMap<>();

  CatchUps(WritableStorage storage) {
    this.storage = storage;
  }

  /** From here on the table's stash is applied; {@code done} when readers may see the table. */
  void begin(FollowedTable table, Lsn from, CompletableFuture<Void> done) {
    if (table == null || !table.stashes()) {
      done.completeExceptionally(new CopyLostException(null));
      return;
    }
    table.drain(from);
    waiting.put(table.id(), new CatchUp(table, from, done));
  }

  boolean isWaiting(long tableId) {
    return waiting.containsKey(tableId);
  }

  /** After a flush: everything that left the stashes is in storage. */
  void flushed() {
    Lsn applied = storage.appliedLsn();
    for (CatchUp catchUp : List.copyOf(waiting.values())) {
      if (catchUp.table().state() == FollowedTable.State.LIVE
          && applied.isAtLeast(catchUp.from())) {
        waiting.remove(catchUp.table().id());
        catchUp.done().complete(null);
      }
    }
  }

  @Override
  public void stopped(long tableId, String reason) {
    fail(tableId, new TableStoppedException(reason));
  }

  @Override
  public void overtaken(long tableId) {
    fail(tableId, new CopyOvertakenException());
  }

  void forget(long tableId, Throwable reason) {
    fail(tableId, new CopyLostException(reason));
  }

  private void fail(long tableId, RuntimeException failure) {
    CatchUp catchUp = waiting.remove(tableId);
    if (catchUp != null) {
      catchUp.done().completeExceptionally(failure);
    }
  }
}
