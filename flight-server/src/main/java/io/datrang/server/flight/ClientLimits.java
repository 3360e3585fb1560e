package io.datrang.server.flight;

import io.datrang.server.access.Session;
import java.time.Duration;

/**
 * How long Flight SQL clients may take.
 *
 * @param statementMax longest statement, zero for any
 * @param stallMax how long a client may not read the answer that is ready for it
 */
public record ClientLimits(Duration statementMax, Duration stallMax) {
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
