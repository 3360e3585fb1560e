package io.datrang.server.flight;

import io.datrang.server.access.Session;
import io.datrang.server.flightsql.Metadata;
import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The options a client may set for its session, and what they mean. */
final class SessionOptions {
  static final String CATALOG = "catalog";
  static final String SCHEMA = "schema";
  static final String STATEMENT_TIMEOUT = "statement_timeout";
  static final String MIN_LSN = "datrang.min_lsn";

  /** Whose privileges count, as after SET ROLE. */
  static final String ROLE = "role";

  private static final int VALUE_MAX = 256;
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|min)?");

  private SessionOptions() {}

  static boolean isKnown(String name) {
    return name.equals(CATALOG)
        || name.equals(SCHEMA)
        || name.equals(STATEMENT_TIMEOUT)
        || name.equals(MIN_LSN)
        || name.equals(ROLE);
  }

  /** Whether a known option can have that value. */
  static boolean isValid(String name, String value) {
    return switch (name) {
      case CATALOG -> value.equals(Metadata.CATALOG);
      case STATEMENT_TIMEOUT -> DURATION.matcher(value).matches();
      case MIN_LSN -> isLsn(value);
      default -> !value.isEmpty() && value.length() <= VALUE_MAX;
    };
  }

  static Optional<Duration> statementTimeout(Session session) {
    return Optional.ofNullable(session.options().get(STATEMENT_TIMEOUT))
        .map(SessionOptions::duration);
  }

  /** Where names without a schema are looked for first. */
  static Optional<String> schema(Session session) {
    return Optional.ofNullable(session.options().get(SCHEMA));
  }

  static Optional<String> minLsn(Session session) {
    return Optional.ofNullable(session.options().get(MIN_LSN));
  }

  /** All that are set, and the catalog, which always is. */
  static Map<String, String> all(Session session) {
    Map<String, String> all = new java.util.TreeMap<>(session.options());
    all.putIfAbsent(CATALOG, Metadata.CATALOG);
    return all;
  }

  /** As PostgreSQL reads it: milliseconds without a unit. */
  private static Duration duration(String value) {
    Matcher m = DURATION.matcher(value);
    if (!m.matches()) {
      return Duration.ZERO;
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2) == null ? "ms" : m.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "min" -> Duration.ofMinutes(number);
      default -> Duration.ofMillis(number);
    };
  }

  private static boolean isLsn(String value) {
    try {
      return Lsn.parse(value) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
