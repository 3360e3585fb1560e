package io.datrang.storage;

import io.datrang.types.Lsn;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The first copy of a table being written. Nothing of it is visible before {@link #commit}; {@link
 * #close} without a commit removes its files.
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
   * table since {@code beginBackfill} lie on top. All writers are closed before. Durable on return,
   * and the table's state in the catalog is {@code streaming}.
   */
  void commit(Lsn snapshotLsn);

  @Override
  void close();
}
