package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.types.Lsn;

/** For streams without writes to native tables. */
final class IgnoredMessages implements CommittedMessages {
  @Override
  public void take(Lsn commitLsn, LogicalMessage message, ChangeFold fold, Runnable stageIfFull) {}

  @Override
  public void ended(Lsn endLsn) {}
}
