package io.datrang.storage;

import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows a running transaction inserts into one table, kept where nobody reads them until {@link
 * WritableStorage#stage(EarlyRows)}, so that little is left to do once it commits. Belongs to the
 * replication thread.
 */
public interface EarlyRows extends AutoCloseable {
  /**
   * Adds whole rows and closes the batch; none of their keys may be among the rows of the table as
   * they are when this is staged.
   */
  void add(VectorSchemaRoot rows);

  /** Forgets the rows, unless they were staged. */
  @Override
  void close();
}
