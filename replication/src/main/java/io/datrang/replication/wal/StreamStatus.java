package io.datrang.replication.wal;

import io.datrang.types.Lsn;

/**
 * What the stream is doing, at one moment.
 *
 * @param connected whether the server is sending
 * @param backendPid of the server process that sends; 0 when not connected
 * @param received every commit up to here has arrived
 * @param acknowledged the position last reported to the server as safe to forget
 * @param waitsForRoom whether it does not read because the applier is behind
 * @param error why it is not connected, or null
 */
public record StreamStatus(
    boolean connected,
    int backendPid,
    Lsn received,
    Lsn acknowledged,
    boolean waitsForRoom,
    String error) {

  StreamStatus withReceived(Lsn lsn) {
    return new StreamStatus(connected, backendPid, lsn, acknowledged, false, error);
  }

  StreamStatus withAcknowledged(Lsn lsn) {
    return new StreamStatus(connected, backendPid, received, lsn, waitsForRoom, error);
  }

  StreamStatus waiting() {
    return new StreamStatus(connected, backendPid, received, acknowledged, true, error);
  }

  StreamStatus disconnected(String reason) {
    return new StreamStatus(false, 0, received, acknowledged, false, reason);
  }
}
