package io.datrang.server.flightsql;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The statements clients have prepared, with the parameters bound last; the longest unused goes
 * when there are too many. Thread safe.
 */
public final class PreparedStatements {
  private static final int STATEMENTS_MAX = 10_000;

  /** A statement and its parameters. */
  public record Prepared(String sql, List<Object> parameters) {}

  private final Map<String, Prepared> statements =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Prepared> eldest) {
          return size() > STATEMENTS_MAX;
        }
      };

  /** Keeps a statement; returns its handle, which nobody can guess. */
  public synchronized String add(String sql) {
    String handle = UUID.randomUUID().toString();
    statements.put(handle, new Prepared(sql, List.of()));
    return handle;
  }

  /**
   * The statement.
   *
   * @throws SqlRefusedException when it is closed or forgotten
   */
  public synchronized Prepared get(String handle) {
    Prepared prepared = statements.get(handle);
    if (prepared == null) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID, "the prepared statement is closed; prepare it again");
    }
    return prepared;
  }

  /** Binds parameters, null among them, for the next execution. */
  public synchronized void bind(String handle, List<Object> parameters) {
    statements.put(handle, new Prepared(get(handle).sql(), parameters));
  }

  public synchronized void remove(String handle) {
    statements.remove(handle);
  }
}
