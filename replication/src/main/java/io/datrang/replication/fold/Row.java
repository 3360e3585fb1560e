package io.datrang.replication.fold;

import io.datrang.replication.pgoutput.Tuple;

/**
 * The newest state of a row: what was sent, and where the values are that were not.
 *
 * @param tuple the row as sent
 * @param elsewhere by column, null for columns that were sent; null when all were
 */
record Row(Tuple tuple, Source[] elsewhere) {

  /** Exists in storage and was not touched by this batch yet. */
  static final Row STORED = new Row(null, null);

  boolean isStored() {
    return tuple == null;
  }

  /** Where an unchanged value was last seen. */
  sealed interface Source {}

  /** In an earlier message of the same batch. */
  record Sent(Tuple tuple) implements Source {}

  /** In storage, in the row that had this key when the batch began. */
  record Stored(int ordinal) implements Source {}
}
