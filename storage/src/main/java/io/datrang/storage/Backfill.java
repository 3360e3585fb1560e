package io.datrang.storage;

import io.datrang.types.Lsn;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The first copy of a table being written. Nothing of it is visible before {@link #commit}; {@link
 * #close} without a commit removes its files and the changes applied on top.
 *
 * <p>Order of events: writers write and are closed; then the replication thread applies the changes
 * that were kept back while copying ({@code WritableStorage.lookup} finds the copied rows from here
 * on); then {@link #commit}, on a copying thread, while further changes may be applied.
 */
public interface Backfill extends AutoCloseable {
  /** A writer for one copying thread; whole rows, all columns in schema order. */
  interface Writer extends AutoCloseable {
    /** Copies the batch's rows; the caller keeps the batch. */
    void write(VectorSchemaRoot batch);

    /** Finishes the current file. */
    @Override
    void close();
  }

  Writer newWriter();

  /**
   * Publishes the files as the table's content as of {@code snapshotLsn}; changes applied to the
   * table since {@code beginBackfill} lie on top. All writers are closed before. On return the
   * table is durable up to {@code durableLsn}: that position may be far beyond {@code snapshotLsn},
   * so the same transaction that records the files records the changes on top of them. The table's
   * state in the catalog is {@code streaming}.
   */
  void commit(Lsn snapshotLsn);

  @Override
  void close();
}
