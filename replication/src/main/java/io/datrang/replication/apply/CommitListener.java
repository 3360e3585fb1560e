package io.datrang.replication.apply;

/** Told of every commit that readers see from now on; on the applier's thread. */
public interface CommitListener {
  /**
   * All counted from the moment the source says it committed, by its clock.
   *
   * @param arrivedMicros until its last message had arrived
   * @param decodedMicros until it was decoded and waited for its batch to be applied
   * @param visibleMicros until now
   */
  void visible(long arrivedMicros, long decodedMicros, long visibleMicros);
}
