package io.datrang.server.flight;

import io.datrang.server.access.Session;
import java.time.Duration;
import java.util.Map;

/**
 * How much Flight SQL clients may take.
 *
 * @param statementMax longest statement, zero for any
 * @param stallMax how long a client may not read the answer that is ready for it
 * @param memoryBytesMax of the engine for each query, by role; for * of the others
 */
public record ClientLimits(
    Duration statementMax, Duration stallMax, Map<String, Long> memoryBytesMax) {
  public ClientLimits(Duration statementMax, Duration stallMax) {
    this(statementMax, stallMax, Map.of());
  }

  /** For each query of the client, 0 when it shares the engine with others. */
  long memory(Session session) {
    return memoryBytesMax.getOrDefault(session.role().user(), memoryBytesMax.getOrDefault("*", 0L));
  }

  /** What the client or its role has set, at most what the sidecar allows. */
  Duration timeout(Session session) {
    Duration own =
        SessionOptions.statementTimeout(session).orElse(session.role().statementTimeout());
    if (own.isZero() || statementMax.isZero()) {
      return own.isZero() ? statementMax : own;
    }
    return own.compareTo(statementMax) < 0 ? own : statementMax;
  }
}
