package io.datrang.replication.apply;

import io.datrang.replication.catalog.DefinitionMessage;
import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.types.Lsn;

/** For streams without writes to native tables. */
final class IgnoredMessages implements CommittedMessages {
  @Override
  public void take(Lsn commitLsn, LogicalMessage message, ChangeFold fold, Runnable stageIfFull) {}

  @Override
  public void define(Lsn commitLsn, DefinitionMessage definition, Runnable stage) {}

  @Override
  public void abandoned() {}

  @Override
  public void ended(Lsn endLsn) {}
}
