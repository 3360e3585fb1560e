package io.datrang.server.query;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;

/**
 * A query in progress, as others see it. Thread safe.
 *
 * @param id unique in this process, also in the log
 * @param kind who asks: {@code shim}, {@code sql} or {@code metadata}
 * @param handle what the client knows it by, or null
 * @param user of a Flight SQL client, or null
 * @param userOid of the same, or 0
 * @param backendPid of the PostgreSQL backend that asks, or null
 * @param text what was asked, shortened
 */
public record RunningQuery(
    String id,
    String kind,
    String handle,
    String user,
    long userOid,
    String backendPid,
    String text,
    Instant started,
    Cancellation cancellation,
    LongAdder rows,
    LongAdder batches) {
  private static final int TEXT_MAX = 1_000;

  public RunningQuery {
    text = text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
  }

  /** A query that starts now. */
  public static RunningQuery begun(
      String id, String kind, String handle, String user, long userOid, String pid, String text) {
    return new RunningQuery(
        id,
        kind,
        handle,
        user,
        userOid,
        pid,
        text,
        Instant.now(),
        new Cancellation(),
        new LongAdder(),
        new LongAdder());
  }

  public Duration age() {
    return Duration.between(started, Instant.now());
  }
}
