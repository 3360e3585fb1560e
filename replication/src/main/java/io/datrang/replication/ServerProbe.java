package io.datrang.replication;

import io.datrang.replication.wal.StreamStatus;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * Asks the server, every second, how far it is and what it believes to have sent; one thread asks,
 * any reads.
 *
 * <p>This is the watchdog of the stream: a connection that looks alive but brings nothing is only
 * seen from the other side.
 */
final class ServerProbe {
  private static final int MARKS_MAX = 100_000;

  private record Mark(Lsn lsn, long nanos) {}

  private final String slot;
  private final Duration silenceMax;

  /** Positions the server was at, and when; those that readers see are dropped. */
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  private volatile Lsn flushed = Lsn.ZERO;
  private volatile long retainedBytes;
  private volatile boolean slotLost;
  private Lsn lastReceived = Lsn.ZERO;
  private long progressNanos = System.nanoTime();

  ServerProbe(String slot, Duration silenceMax) {
    this.slot = slot;
    this.silenceMax = silenceMax;
  }

  Lsn flushed() {
    return flushed;
  }

  long retainedBytes() {
    return retainedBytes;
  }

  /** Whether the slot is gone or cannot be read from any more. */
  boolean slotIsLost() {
    return slotLost;
  }

  /**
   * Asks the server.
   *
   * @return whether the stream is silent although the server has sent something
   */
  boolean probe(Connection connection, StreamStatus stream) throws SQLException {
    Lsn sent;
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT pg_current_wal_flush_lsn()::text,"
                + " (SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn)::int8"
                + " FROM pg_replication_slots WHERE slot_name = ?),"
                + " (SELECT sent_lsn::text FROM pg_stat_replication WHERE pid = ?),"
                + " NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ?"
                + " AND wal_status IS DISTINCT FROM 'lost')")) {
      statement.setString(1, slot);
      statement.setInt(2, stream.backendPid());
      statement.setString(3, slot);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        flushed = Lsn.parse(row.getString(1));
        retainedBytes = row.getLong(2);
        slotLost = row.getBoolean(4);
        String text = row.getString(3);
        sent = text == null ? null : Lsn.parse(text);
      }
    }
    mark(flushed);
    return isSilent(stream, sent);
  }

  private boolean isSilent(StreamStatus stream, Lsn sent) {
    long now = System.nanoTime();
    boolean waitsForServer = stream.connected() && !stream.waitsForRoom();
    boolean serverIsAhead = sent == null || !stream.received().isAtLeast(sent);
    if (!waitsForServer || !serverIsAhead || !stream.received().equals(lastReceived)) {
      lastReceived = stream.received();
      progressNanos = now;
      return false;
    }
    return now - progressNanos > silenceMax.toNanos();
  }

  private synchronized void mark(Lsn lsn) {
    if (marks.isEmpty() || !marks.peekLast().lsn().isAtLeast(lsn)) {
      marks.addLast(new Mark(lsn, System.nanoTime()));
      if (marks.size() > MARKS_MAX) {
        marks.removeFirst();
      }
    }
  }

  /** For how long something before {@code applied} has been missing, in seconds. */
  synchronized double lagSeconds(Lsn applied) {
    while (!marks.isEmpty() && applied.isAtLeast(marks.peekFirst().lsn())) {
      marks.removeFirst();
    }
    return marks.isEmpty() ? 0 : (System.nanoTime() - marks.peekFirst().nanos()) / 1e9;
  }
}
