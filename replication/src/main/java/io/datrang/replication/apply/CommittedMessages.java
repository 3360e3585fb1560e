package io.datrang.replication.apply;

import io.datrang.replication.catalog.DefinitionMessage;
import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.types.Lsn;

/** Takes the transactional logical messages of committed transactions, in order with their rows. */
interface CommittedMessages {
  /**
   * @param commitLsn where the transaction's COMMIT record starts
   * @param fold takes what the message changes
   * @param stageIfFull to be called where the fold may be handed on
   */
  void take(Lsn commitLsn, LogicalMessage message, ChangeFold fold, Runnable stageIfFull);

  /**
   * Takes what is said of a table that has no source.
   *
   * @param commitLsn where the transaction's COMMIT record starts
   * @param stage to be called before a table gets another form
   */
  void define(Lsn commitLsn, DefinitionMessage definition, Runnable stage);

  /** What was staged is forgotten; tables have the forms that storage says. */
  void abandoned();

  /** The transaction of the messages since the last call ends there. */
  void ended(Lsn endLsn);
}
