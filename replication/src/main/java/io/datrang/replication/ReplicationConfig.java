package io.datrang.replication;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;

/**
 * How to follow a server.
 *
 * @param url of the mirrored database, {@code jdbc:postgresql://…}
 * @param credentials user, password and other properties of the driver
 * @param slot name of the replication slot
 * @param publication name of the publication {@code datrang.mirror()} adds tables to
 * @param spillDirectory for changes that do not fit into memory; its files are of no use later
 * @param copyThreads connections that copy one table
 * @param copyTablesMax tables copied at once
 * @param snapshotTimeout how long a copy waits for older transactions to end before it tries again
 * @param batchChangesMax changes that become visible at once, unless a transaction has more
 * @param batchBytesMax size of their messages
 * @param inboxBytesMax messages that wait for the applier
 * @param transactionBytesMax of one unfinished transaction kept in memory; more is spilled
 * @param stashBytesMax of one table's changes kept in memory while it is copied
 * @param protocolMax highest version of pgoutput's protocol to use: 1 sends transactions after
 *     their commit, 2 large ones while they run; 4 the same, on PostgreSQL 16 and later
 * @param statusInterval how often the durable position is reported to the server
 * @param pollInterval how often the catalog is read when nobody notifies
 * @param reconnectWaitMax longest pause between attempts to connect
 * @param silenceMax how long the server may claim to have sent what has not arrived
 */
public record ReplicationConfig(
    String url,
    Properties credentials,
    String slot,
    String publication,
    Path spillDirectory,
    int copyThreads,
    int copyTablesMax,
    Duration snapshotTimeout,
    int batchChangesMax,
    long batchBytesMax,
    long inboxBytesMax,
    long transactionBytesMax,
    long stashBytesMax,
    int protocolMax,
    Duration statusInterval,
    Duration pollInterval,
    Duration reconnectWaitMax,
    Duration silenceMax) {

  public ReplicationConfig {
    Objects.requireNonNull(url);
    Objects.requireNonNull(credentials);
    Objects.requireNonNull(slot);
    Objects.requireNonNull(publication);
    Objects.requireNonNull(spillDirectory);
    positive("copyThreads", copyThreads);
    positive("copyTablesMax", copyTablesMax);
    positive("batchChangesMax", batchChangesMax);
    positive("batchBytesMax", batchBytesMax);
    positive("inboxBytesMax", inboxBytesMax);
    positive("transactionBytesMax", transactionBytesMax);
    positive("stashBytesMax", stashBytesMax);
    positive("snapshotTimeout", snapshotTimeout.toSeconds());
    positive("protocolMax", protocolMax);
    positive("statusInterval", statusInterval.toMillis());
    positive("pollInterval", pollInterval.toMillis());
    positive("reconnectWaitMax", reconnectWaitMax.toMillis());
    positive("silenceMax", silenceMax.toMillis());
  }

  private static void positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, not " + value);
    }
  }

  /**
   * Slot and publication {@code datrang}, and limits that fit a heap of a few hundred megabytes.
   */
  public static ReplicationConfig defaults(
      String url, Properties credentials, Path spillDirectory) {
    return new ReplicationConfig(
        url,
        credentials,
        "datrang",
        "datrang",
        spillDirectory,
        2,
        2,
        Duration.ofMinutes(2),
        100_000,
        32L << 20,
        32L << 20,
        4L << 20,
        16L << 20,
        4,
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30));
  }

  /** Never prints what the credentials are. */
  @Override
  public String toString() {
    return "ReplicationConfig[slot=" + slot + ", publication=" + publication + "]";
  }
}
