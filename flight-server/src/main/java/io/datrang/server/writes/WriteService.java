package io.datrang.server.writes;

import io.datrang.replication.writes.StagedChunk;
import io.datrang.replication.writes.StagedWrites;
import io.datrang.replication.writes.Write;
import io.datrang.server.request.Request;
import io.datrang.storage.Snapshot;
import java.util.List;

/** Serves what transactions write to native tables. Thread safe. */
public final class WriteService {
  private final StagedWrites writes;

  public WriteService(StagedWrites writes) {
    this.writes = writes;
  }

  /**
   * Takes an upload.
   *
   * @return head of the message to write to WAL and whether the rows follow it; nulls when more
   *     uploads have to come
   */
  public Object[] write(Write write) {
    return writes
        .write(write)
        .map(message -> new Object[] {message.head(), message.withRows()})
        .orElse(new Object[] {null, null});
  }

  public void declare(Request.Declare declare) {
    writes.declare(declare.table());
  }

  /**
   * The snapshot as the transaction sees it. Closing it closes the snapshot.
   *
   * @param own null when the transaction has written nothing
   */
  public Snapshot seenBy(Request.Own own, Snapshot snapshot) {
    List<StagedChunk> chunks =
        own == null ? List.of() : writes.chunks(own.session(), own.transaction(), own.chunks());
    return new OwnSnapshot(
        snapshot, chunks, writes, id -> writes.requireAttached(snapshot.lsn(), id));
  }

  /** The snapshot for estimates: with the tables that are not committed, without their rows. */
  public Snapshot estimated(Snapshot snapshot) {
    return new OwnSnapshot(snapshot, List.of(), writes, id -> {});
  }
}
