package io.datrang.storage;

/** Which past state to read. */
public sealed interface AsOf {
  /**
   * What was stored last by then.
   *
   * @param epochMs milliseconds since 1970
   */
  record Time(long epochMs) implements AsOf {}

  /** A table's Iceberg snapshot; of other tables, what was stored last by then. */
  record SnapshotId(long id) implements AsOf {}
}
