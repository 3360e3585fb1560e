package io.datrang.server.query;

import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Where an answer goes. Used by the query's thread only.
 *
 * <p>The caller keeps the root and may change its content after each {@link #send}.
 */
public interface Answer {
  /**
   * Waits until the engine may work on the answer; called before it does.
   *
   * @param values rows times columns it reads, about
   * @throws QueryCancelledException when nobody wants the answer any more
   */
  default void awaitTurn(double values) {}

  /** How many rows a batch has, at most. */
  default int batchRowsMax() {
    return BatchPump.BATCH_ROWS;
  }

  /** Says what the batches look like; called once, before anything is sent. */
  void start(VectorSchemaRoot root);

  /**
   * Sends the root's present content, after waiting until the receiver can take it.
   *
   * @param metadata sent along, or null
   * @throws QueryCancelledException when nobody receives any more
   */
  void send(String metadata);
}
