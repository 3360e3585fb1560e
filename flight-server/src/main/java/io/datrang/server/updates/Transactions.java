package io.datrang.server.updates;

import io.datrang.server.access.Session;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The transactions clients have open. One begins in PostgreSQL with its first write; idle ones are
 * rolled back. Thread safe; a transaction serves one call at a time.
 */
public final class Transactions implements AutoCloseable {
  static final Duration IDLE_MAX = Duration.ofMinutes(5);
  static final int OF_ROLE_MAX = 16;
  private static final int SAVEPOINTS_MAX = 1_000;

  private final InstantSource clock;
  private final RoleConnections connections;
  private final Map<String, Open> byId = new LinkedHashMap<>();

  Transactions(InstantSource clock, RoleConnections connections) {
    this.clock = clock;
    this.connections = connections;
  }

  /** A transaction of one session. What is not final is guarded by its lock. */
  private static final class Open {
    private final String sessionKey;
    private final long userOid;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Savepoint> savepoints = new HashMap<>();
    private volatile Instant used;
    private volatile Connection connection;
    private volatile boolean ended;

    Open(Session session, Instant now) {
      sessionKey = session.key();
      userOid = session.role().userOid();
      used = now;
    }
  }

  /** Something that is done in a transaction. */
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** Begins one; returns its id, which nobody can guess. */
  public String begin(Session session) {
    sweep();
    String id = UUID.randomUUID().toString();
    synchronized (byId) {
      long own = byId.values().stream().filter(t -> t.userOid == session.role().userOid()).count();
      if (own >= OF_ROLE_MAX) {
        throw WriteFailedException.refused(
            "53300",
            "role \"" + session.role().user() + "\" has " + own + " transactions open",
            "End some of them; idle ones end after " + IDLE_MAX.toMinutes() + " minutes.");
      }
      byId.put(id, new Open(session, clock.instant()));
    }
    return id;
  }

  /** Does something in the transaction. */
  <T> T run(Writer writer, String id, Work<T> work) throws SQLException {
    Open open = locked(writer.session(), id);
    try {
      if (open.connection == null) {
        open.connection = connections.open(writer);
      }
      return work.on(open.connection);
    } finally {
      open.used = clock.instant();
      if (open.ended && open.connection != null) {
        RoleConnections.close(open.connection);
      }
      open.lock.unlock();
    }
  }

  /**
   * Whether a query can be answered in the transaction.
   *
   * @throws WriteFailedException when it would not see what the transaction wrote
   */
  public void checkReadable(Session session, String id) {
    Open open = locked(session, id);
    try {
      if (open.connection != null) {
        throw WriteFailedException.refused(
            "0A000",
            "a transaction that has written cannot be queried here",
            "Commit first, query outside of the transaction, or use PostgreSQL.");
      }
      open.used = clock.instant();
    } finally {
      open.lock.unlock();
    }
  }

  /** Ends one. */
  public void end(Session session, String id, boolean commit) {
    Open open = locked(session, id);
    try {
      if (open.connection == null) {
        return;
      }
      if (commit) {
        Lsn end = RoleConnections.commit(open.connection);
        if (end != null) {
          session.wrote(end);
        }
      }
    } finally {
      forget(id, open);
      open.lock.unlock();
    }
  }

  /** Sets a savepoint; returns its id. */
  public String savepoint(Writer writer, String id, String name) {
    try {
      return run(
          writer,
          id,
          connection -> {
            Map<String, Savepoint> known = open(writer.session(), id).savepoints;
            if (known.size() >= SAVEPOINTS_MAX) {
              throw WriteFailedException.refused("53000", "too many savepoints", null);
            }
            Savepoint savepoint =
                name.isEmpty() ? connection.setSavepoint() : connection.setSavepoint(name);
            String savepointId = id + "/" + UUID.randomUUID();
            known.put(savepointId, savepoint);
            return savepointId;
          });
    } catch (SQLException e) {
      throw WriteFailedException.of(e);
    }
  }

  /** Releases a savepoint, or goes back to it; then it can be gone back to again. */
  public void endSavepoint(Writer writer, String savepointId, boolean release) {
    int slash = savepointId.indexOf('/');
    String id = slash < 0 ? savepointId : savepointId.substring(0, slash);
    try {
      run(
          writer,
          id,
          connection -> {
            Savepoint savepoint = open(writer.session(), id).savepoints.get(savepointId);
            if (savepoint == null) {
              throw WriteFailedException.refused("3B001", "there is no such savepoint", null);
            }
            if (release) {
              connection.releaseSavepoint(savepoint);
            } else {
              connection.rollback(savepoint);
            }
            return null;
          });
    } catch (SQLException e) {
      throw WriteFailedException.of(e);
    }
  }

  /** How many are open. */
  public int size() {
    synchronized (byId) {
      return byId.size();
    }
  }

  /** Rolls back all of a session that ends. */
  public void endAll(Session session) {
    Map<String, Open> all;
    synchronized (byId) {
      all = new HashMap<>(byId);
    }
    all.forEach(
        (id, open) -> {
          if (open.sessionKey.equals(session.key())) {
            forget(id, open);
          }
        });
  }

  private Open open(Session session, String id) {
    Open open;
    synchronized (byId) {
      open = byId.get(id);
    }
    if (open == null || !open.sessionKey.equals(session.key())) {
      throw WriteFailedException.refused(
          "25P01",
          "there is no such transaction",
          "It may have been idle for too long, and was rolled back.");
    }
    return open;
  }

  private Open locked(Session session, String id) {
    Open open = open(session, id);
    if (!open.lock.tryLock()) {
      throw WriteFailedException.refused(
          "55006", "the transaction is busy with another call", "Send its statements in turn.");
    }
    if (open.ended) {
      open.lock.unlock();
      throw WriteFailedException.refused("25P01", "the transaction has ended", null);
    }
    return open;
  }

  /** PostgreSQL rolls back what is not committed. */
  private void forget(String id, Open open) {
    synchronized (byId) {
      byId.remove(id);
    }
    open.ended = true;
    if (open.connection != null) {
      RoleConnections.close(open.connection);
    }
  }

  private void sweep() {
    Map<String, Open> idle = new HashMap<>();
    synchronized (byId) {
      Instant limit = clock.instant().minus(IDLE_MAX);
      for (Iterator<Map.Entry<String, Open>> all = byId.entrySet().iterator(); all.hasNext(); ) {
        Map.Entry<String, Open> one = all.next();
        if (one.getValue().used.isBefore(limit) && !one.getValue().lock.isLocked()) {
          idle.put(one.getKey(), one.getValue());
        }
      }
    }
    idle.forEach(this::forget);
  }

  @Override
  public void close() {
    Map<String, Open> all;
    synchronized (byId) {
      all = new HashMap<>(byId);
    }
    all.forEach(this::forget);
  }
}
