package io.datrang.storage;

import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The tables of the one sidecar that writes them.
 *
 * <p>Thread ownership: {@link #apply}, {@link #advance}, {@link #lookup}, {@link #beginBackfill},
 * {@link #freeze} and {@link #dropTable} belong to the one replication thread; a {@link Backfill}
 * to the threads that copy. Flushing runs on storage's own thread.
 */
public interface WritableStorage extends Storage {
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
}
