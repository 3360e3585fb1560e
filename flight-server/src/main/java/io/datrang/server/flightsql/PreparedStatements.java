package io.datrang.server.flightsql;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The statements clients have prepared, with the parameters bound last. Each belongs to a role; a
 * role that prepares too much loses its longest unused, nobody else's. Thread safe.
 */
public final class PreparedStatements {
  static final int STATEMENTS_MAX = 1_000;
  static final long CHARACTERS_MAX = 16L << 20;

  /** A statement, the transaction it runs in or null, and its parameters. */
  public record Prepared(long owner, String sql, String transaction, List<Object> parameters) {
    private long size() {
      return sql.length() + parameters.stream().mapToLong(Prepared::size).sum();
    }

    private static long size(Object value) {
      return value instanceof String s ? s.length() : value instanceof byte[] b ? b.length : 16;
    }
  }

  private final Map<String, Prepared> statements = new LinkedHashMap<>(16, 0.75f, true);

  /** Keeps a statement; returns its handle, which nobody can guess. */
  public synchronized String add(long owner, String sql, String transaction) {
    String handle = UUID.randomUUID().toString();
    put(handle, new Prepared(owner, sql, transaction, List.of()));
    return handle;
  }

  /**
   * The statement.
   *
   * @throws SqlRefusedException when it is closed, forgotten, or another's
   */
  public synchronized Prepared get(long owner, String handle) {
    Prepared prepared = statements.get(handle);
    if (prepared == null || prepared.owner() != owner) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID, "the prepared statement is closed; prepare it again");
    }
    return prepared;
  }

  /** Binds parameters, null among them, for the next execution. */
  public synchronized void bind(long owner, String handle, List<Object> parameters) {
    Prepared known = get(owner, handle);
    put(handle, new Prepared(owner, known.sql(), known.transaction(), parameters));
  }

  public synchronized void remove(long owner, String handle) {
    Prepared prepared = statements.get(handle);
    if (prepared != null && prepared.owner() == owner) {
      statements.remove(handle);
    }
  }

  private void put(String handle, Prepared prepared) {
    if (prepared.size() > CHARACTERS_MAX / 4) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID, "the statement's parameters are too large");
    }
    statements.put(handle, prepared);
    long count = 0;
    long characters = 0;
    for (Prepared other : statements.values()) {
      if (other.owner() == prepared.owner()) {
        count++;
        characters += other.size();
      }
    }
    Iterator<Prepared> oldest = statements.values().iterator();
    while (count > STATEMENTS_MAX || characters > CHARACTERS_MAX) {
      Prepared other = oldest.next();
      if (other.owner() == prepared.owner()) {
        oldest.remove();
        count--;
        characters -= other.size();
      }
    }
  }
}
