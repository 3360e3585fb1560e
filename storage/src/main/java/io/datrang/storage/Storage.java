package io.datrang.storage;

import io.datrang.storage.files.ObjectFigures;
import io.datrang.storage.iceberg.PastState;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.duckdb.DuckDBConnection;

/**
 * The tables of one sidecar.
 *
 * <p>Thread ownership: {@link #apply}, {@link #advance}, {@link #lookup}, {@link #beginBackfill},
 * {@link #freeze} and {@link #dropTable} belong to the one replication thread; a {@link Backfill}
 * to the threads that copy; {@link #pin} and what it returns to any thread. Flushing runs on
 * storage's own thread.
 *
 * <p>Invariant: durable ≤ applied, both monotone; a reader sees whole batches only, all tables at
 * one LSN.
 */
public interface Storage extends AutoCloseable {
  /** Below the data directory: what lies there belongs to others. */
  String STAGING_DIRECTORY = "staging";

  /** Position up to which everything is in files and in the catalog; survives a crash. */
  Lsn durableLsn();

  /** Position up to which readers see everything. */
  Lsn appliedLsn();

  /** Schemas of the tables whose backfill is complete. */
  List<TableSchema> tables();

  /**
   * Makes the batch and everything staged before it visible. Skips nothing: the caller never hands
   * over what is already applied. The batch's position is at least {@link #appliedLsn}, and equal
   * to it when the batch only catches up a table whose backfill is not committed yet. All or
   * nothing: after an exception the same changes may be handed over again.
   */
  void apply(ChangeBatch batch);

  /**
   * Takes one part of a transaction that is too large for one batch, without making it visible: the
   * next {@link #apply} does. {@link #lookup} sees it, {@link #flush} leaves it alone, and a crash
   * forgets it. Parts come in order; each is folded by key on its own, relative to the parts
   * before.
   */
  void stage(ChangeBatch part);

  /**
   * Makes a place for rows of a transaction that may still be rolled back.
   *
   * @param schema what the table's next changes are of
   */
  EarlyRows early(TableSchema schema);

  /**
   * Takes such rows as the next part of a transaction, like {@link #stage(ChangeBatch)}. The
   * table's next changes are still of the form they were made for.
   */
  void stage(EarlyRows rows);

  /**
   * The table's changes have this form from here on; like {@link #stage}, without making it
   * visible. The key's columns are those it had, and every column it had is of the kind it was.
   */
  void alter(TableSchema schema);

  /**
   * Takes all rows away that a column has one of these values in; like {@link #stage}, without
   * making it visible, and after everything staged or applied before.
   *
   * @param fieldId of a column of kind INT8
   */
  void removeRows(long tableId, int fieldId, List<Long> values);

  /**
   * Forgets everything staged since the last {@link #apply}; does nothing when there is nothing.
   */
  void unstage();

  /**
   * Says that every commit up to {@code watermark} has been applied (keepalives, foreign
   * transactions).
   */
  void advance(Lsn watermark);

  /**
   * Current rows of the given keys, for values an UPDATE did not send (unchanged TOAST). Also
   * answers for a table whose backfill is not committed, once the backfill's writers are closed.
   *
   * @param keys key columns in index order
   * @return whole rows in any order, one per key that exists; the caller closes it
   */
  VectorSchemaRoot lookup(long tableId, VectorSchemaRoot keys);

  /**
   * Starts a table's first copy, or another one in its place; from now on {@link #apply} accepts
   * changes for it. Readers see a table that was readable as it is now until the copy is committed.
   */
  Backfill beginBackfill(TableSchema schema);

  /**
   * Ends a table at {@link #appliedLsn}, because it is to be copied anew: readers see it as of
   * there, later changes are dropped.
   */
  void freeze(long tableId);

  /** Forgets a table; its files go when no reader holds them. */
  void dropTable(long tableId);

  /**
   * Stops a table that cannot be kept exact: it stays in the catalog with state {@code error} and
   * is frozen at {@link #appliedLsn}; later changes are dropped. Readers of a table that was never
   * complete get the message.
   */
  void failTable(long tableId, String message);

  /**
   * Moves the delta to files and persists the applied position. Any thread; one flush at a time.
   */
  Lsn flush();

  /** The newest snapshot. */
  Snapshot pin();

  /**
   * A snapshot that has everything up to {@code atLeast}.
   *
   * @throws FreshnessTimeoutException when it is not reached in time
   */
  Snapshot pin(Lsn atLeast, Duration timeout);

  /** The next position a reader waits for: it is worth applying what reaches it at once. */
  default Optional<Lsn> awaited() {
    return Optional.empty();
  }

  /** Live figures for the status view. */
  Optional<TableStatus> status(long tableId);

  /**
   * Writes a table's files anew where they have deleted rows, are not sorted or are small, and
   * removes those that only expired snapshots need. Readers and changes go on meanwhile. Any
   * thread; returns when it is done.
   *
   * @param stopper told how to stop it
   */
  default Vacuumed vacuum(long tableId, Consumer<Runnable> stopper) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /**
   * Reads all of a table's files and compares them with what is known of them. A table with damaged
   * files is stopped. Any thread.
   *
   * @param stopped asked between files
   */
  default List<FileProblem> check(long tableId, BooleanSupplier stopped) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /**
   * Pins a past state: files only, no delta. Its tables are looked up as they are asked for, and
   * may fail then.
   *
   * @throws HistoryGoneException when it is not kept any more
   */
  default Snapshot pin(AsOf asOf) {
    throw new HistoryGoneException("this storage keeps no history");
  }

  /**
   * Flushes, and pins what is stored then. Everything up to {@link #appliedLsn} is in it. Any
   * thread.
   */
  default StoredTables pinStored() {
    throw new UnsupportedOperationException("a storage without files");
  }

  /** The past states of a table that can be read, oldest first. */
  default List<PastState> history(long tableId) {
    return List.of();
  }

  /** Makes a table's index anew from its files; answers how many there are. Any thread. */
  default int reindex(long tableId) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /** What flushes have done since this storage was opened. */
  FlushFigures flushFigures();

  /** What compactions have done since this storage was opened. */
  default CompactionFigures compactionFigures() {
    return CompactionFigures.NONE;
  }

  /** What is kept decoded, since this storage was opened. */
  default CacheFigures cacheFigures() {
    return CacheFigures.NONE;
  }

  /** What was asked of an object store, since this storage was opened. */
  default ObjectFigures objectFigures() {
    return ObjectFigures.NONE;
  }

  /**
   * A new connection to the engine that holds the delta; one query at a time on it. The caller
   * closes it.
   */
  DuckDBConnection connect();

  /** An engine of its own for one query, with so much memory; the caller closes it. */
  default LimitedEngine limited(long memoryBytesMax) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /** Parent of all Arrow memory that is handed to this storage. */
  BufferAllocator allocator();

  @Override
  void close();
}
