package io.datrang.replication.wal;

import io.datrang.replication.apply.Delivery;
import io.datrang.replication.apply.Inbox;
import io.datrang.replication.connect.SourceServer;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the slot and puts what arrives into the applier's inbox; reconnects for as long as it runs.
 *
 * <p>One thread owns the connection and is the only one that reports positions to the server: never
 * more than storage has made durable, and also while the applier is busy. The driver's own idea of
 * acknowledging (automatic flush) loses transactions and is off; its status interval is an hour,
 * because it is also the socket's timeout and one that strikes inside a message breaks the stream.
 */
public final class ReplicationStream implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReplicationStream.class);
  private static final int DELIVERY_MESSAGES_MAX = 4096;
  private static final long DELIVERY_BYTES_MAX = 1 << 20;
  private static final long GATHER_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long GATHER_PART = 8;
  private static final long OFFER_MS = 50;
  private static final long CLOSE_MS_MAX = 10_000;

  private final SourceServer server;
  private final long systemIdentifier;
  private final String slot;
  private final String publication;
  private final int protocolMax;
  private final Duration statusInterval;
  private final WritableStorage storage;
  private final Inbox inbox;
  private final Thread thread = new Thread(this::run, "datrang-wal-reader");
  private final Backoff backoff;

  private volatile boolean closed;

  /**
   * Strongly reachable while the stream lives: the driver closes connections that are collected.
   */
  private volatile Connection connection;

  private volatile StreamStatus status =
      new StreamStatus(false, 0, Lsn.ZERO, Lsn.ZERO, false, "not connected yet");

  /** Why another thread ended the connection; says more than the driver's error that follows. */
  private volatile String reconnectReason;

  /** The last interruption, unless the stream got on since. */
  private String interruption;

  /** Whether the next connection is news. */
  private boolean tellsStart = true;

  private int connections;
  private Lsn startedAt = Lsn.ZERO;
  private long lastStatusNanos;
  private long lastSilenceNanos;
  private long lastDeliveryNanos;

  public ReplicationStream(
      SourceServer server,
      long systemIdentifier,
      String slot,
      String publication,
      int protocolMax,
      Duration statusInterval,
      Duration reconnectWaitMax,
      WritableStorage storage,
      Inbox inbox) {
    this.server = server;
    this.systemIdentifier = systemIdentifier;
    this.slot = slot;
    this.publication = publication;
    this.protocolMax = protocolMax;
    this.statusInterval = statusInterval;
    this.backoff = new Backoff(50, reconnectWaitMax.toMillis());
    this.storage = storage;
    this.inbox = inbox;
  }

  public void start() {
    thread.start();
  }

  public StreamStatus status() {
    return status;
  }

  /**
   * Gives the connection up and starts again from {@code storage.appliedLsn()}; any thread.
   *
   * @param reason for the status
   */
  public void reconnect(String reason) {
    reconnectReason = reason;
    disconnect(reason);
  }

  private void run() {
    while (!closed) {
      try {
        stream();
      } catch (SQLException | RuntimeException e) {
        if (!closed) {
          lost(e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    disconnect("closed");
  }

  private void lost(Exception e) {
    String given = reconnectReason;
    reconnectReason = null;
    String reason = given == null ? String.valueOf(e.getMessage()) : given;
    disconnect(reason);
    Lsn applied = storage.appliedLsn();
    if (applied.compareTo(startedAt) > 0) {
      startedAt = applied;
      backoff.reset(); // the connection was of use
      interruption = null;
    }
    if (!reason.equals(interruption)) {
      log.warn("replication stream interrupted: {}", reason);
      tellsStart = true;
    }
    interruption = reason;
    try {
      TimeUnit.MILLISECONDS.sleep(backoff.nextMs());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void stream() throws SQLException, InterruptedException {
    try (Connection opened = server.replication()) {
      connection = opened;
      Lsn start = storage.appliedLsn();
      startedAt = start;
      ServerIdentity.read(opened).check(systemIdentifier, start);
      PGReplicationStream stream = open(opened, start);
      int pid = opened.unwrap(PGConnection.class).getBackendPID();
      if (tellsStart) {
        log.info("streaming from slot {} at {}", slot, start);
        tellsStart = false;
      }
      status = new StreamStatus(true, pid, start, status.acknowledged(), false, null);
      pump(stream, connections++);
    }
  }

  private PGReplicationStream open(Connection opened, Lsn start) throws SQLException {
    int protocol = Math.min(protocolMax, protocol(opened.getMetaData().getDatabaseMajorVersion()));
    ChainedLogicalStreamBuilder options =
        opened
            .unwrap(PGConnection.class)
            .getReplicationAPI()
            .replicationStream()
            .logical()
            .withSlotName(slot)
            .withStartPosition(LogSequenceNumber.valueOf(start.value()))
            .withAutomaticFlush(false)
            .withStatusInterval(1, TimeUnit.HOURS)
            .withSlotOption("proto_version", protocol)
            .withSlotOption("publication_names", publication)
            .withSlotOption("messages", true);
    if (protocol > 1) {
      options = options.withSlotOption("streaming", protocol < 4 ? "on" : "parallel");
    }
    return options.start();
  }

  /** The newest version the server has of those that matter here. */
  private static int protocol(int serverVersion) {
    return serverVersion >= 16 ? 4 : 2;
  }

  private void pump(PGReplicationStream stream, int number)
      throws SQLException, InterruptedException {
    List<ByteBuffer> messages = new ArrayList<>();
    long bytes = 0;
    Lsn watermark = Lsn.ZERO;
    lastSilenceNanos = System.nanoTime();
    lastDeliveryNanos = lastSilenceNanos;
    lastStatusNanos = lastSilenceNanos - statusInterval.toNanos();
    while (!closed) {
      reportIfDue(stream);
      ByteBuffer message = stream.readPending(); // waits for some milliseconds
      if (message == null) {
        lastSilenceNanos = System.nanoTime();
      } else {
        messages.add(message);
        bytes += message.remaining();
        boolean full = messages.size() >= DELIVERY_MESSAGES_MAX || bytes >= DELIVERY_BYTES_MAX;
        if (!full && !(endsTransaction(message) && isAwaited())) {
          continue;
        }
      }
      // Only when nothing is pending does the driver's position include the last keepalive.
      Lsn received = message == null ? received(stream) : Lsn.ZERO;
      if (!messages.isEmpty() || !watermark.isAtLeast(received)) {
        watermark = Lsn.max(watermark, received);
        deliver(stream, new Delivery(number, messages, bytes, received));
        lastDeliveryNanos = System.nanoTime();
        messages = new ArrayList<>();
        bytes = 0;
        status = status.withReceived(watermark);
      }
    }
  }

  private static boolean endsTransaction(ByteBuffer message) {
    byte type = message.get(message.position());
    return type == 'C' || type == 'c';
  }

  /**
   * Whether the applier is idle and should get what is there, although more is coming. The longer
   * it keeps coming, the more is gathered: then larger batches matter more than fresh ones.
   */
  private boolean isAwaited() {
    long now = System.nanoTime();
    long gather = Math.min(GATHER_NANOS_MAX, (now - lastSilenceNanos) / GATHER_PART);
    return now - lastDeliveryNanos >= gather && inbox.isAwaited();
  }

  private static Lsn received(PGReplicationStream stream) {
    return new Lsn(stream.getLastReceiveLSN().asLong());
  }

  /** Waits for room in the inbox, and keeps the server informed meanwhile. */
  private void deliver(PGReplicationStream stream, Delivery delivery)
      throws SQLException, InterruptedException {
    while (!closed && !inbox.offer(delivery, OFFER_MS)) {
      status = status.waiting();
      reportIfDue(stream);
    }
  }

  private void reportIfDue(PGReplicationStream stream) throws SQLException {
    long now = System.nanoTime();
    if (now - lastStatusNanos < statusInterval.toNanos()) {
      return;
    }
    lastStatusNanos = now;
    Lsn durable = storage.durableLsn();
    stream.setFlushedLSN(LogSequenceNumber.valueOf(durable.value()));
    stream.setAppliedLSN(LogSequenceNumber.valueOf(durable.value()));
    stream.forceUpdateStatus();
    status = status.withAcknowledged(durable);
  }

  private void disconnect(String reason) {
    status = status.disconnected(reason);
    Connection open = connection;
    connection = null;
    if (open != null) {
      try {
        open.abort(Runnable::run); // an orderly end would first drain what the server still sends
      } catch (SQLException e) {
        log.debug("abort failed", e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    disconnect("closed");
    thread.interrupt();
    try {
      thread.join(CLOSE_MS_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
