package io.datrang.replication;

import io.datrang.types.Lsn;
import java.util.List;

/**
 * Live figures of replication, all of about the same moment. Received ≥ applied ≥ durable ≥
 * acknowledged.
 *
 * @param connected whether the server is sending
 * @param server end of the server's flushed write-ahead log when it was last asked, every second
 * @param received every commit up to here has arrived
 * @param applied readers see everything up to here
 * @param durable everything up to here is in files
 * @param acknowledged the server may forget everything up to here
 * @param lagBytes write-ahead log between {@code applied} and {@code server}
 * @param lagSeconds for how long readers have been missing something; 0 when they see everything
 * @param retainedBytes write-ahead log the server keeps for the slot
 * @param error why it is not connected or not applying, or null
 * @param tables all mirrors that are not dropped
 */
public record ReplicationStatus(
    boolean connected,
    Lsn server,
    Lsn received,
    Lsn applied,
    Lsn durable,
    Lsn acknowledged,
    long lagBytes,
    double lagSeconds,
    long retainedBytes,
    String error,
    List<TableReplication> tables) {
  public ReplicationStatus {
    tables = List.copyOf(tables);
  }
}
