package io.datrang.server.access;

import io.datrang.server.query.NotReadyException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The door for Flight SQL clients: a password opens a session, its token is shown from then on.
 * Thread safe; a login waits for PostgreSQL.
 */
public final class Logins {
  /** Connections of PostgreSQL that logins may take at the same time. */
  private static final int AT_ONCE = 4;

  private static final Duration TURN_WAIT = Duration.ofSeconds(5);
  private static final int NAME_MAX = 63;
  private static final int PASSWORD_MAX = 1024;

  private final Roles roles;
  private final Sessions sessions;
  private final LoginThrottle throttle;
  private final Audit audit;
  private final LongAdder accepted = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final Semaphore turns = new Semaphore(AT_ONCE, true);

  public Logins(Roles roles, Sessions sessions, InstantSource clock, Audit audit) {
    this.roles = roles;
    this.sessions = sessions;
    this.throttle = new LoginThrottle(clock);
    this.audit = audit;
  }

  /**
   * Opens a session.
   *
   * @throws LoginRefusedException when the role is not let in, or has to wait
   * @throws NotReadyException when PostgreSQL cannot be asked
   */
  public Sessions.Opened logIn(String user, String password, String peer) {
    Optional<Duration> wait = throttle.delay(peer, user);
    if (wait.isPresent()) {
      refused.increment();
      audit.loginRefused(user, peer, "too many failed logins");
      throw new LoginRefusedException(
          "too many failed logins; try again in " + (wait.get().toSeconds() + 1) + " s");
    }
    try {
      Role role = check(user, password);
      throttle.succeeded(peer, user);
      Sessions.Opened opened = sessions.open(role, password, peer);
      accepted.increment();
      audit.loggedIn(opened.session());
      return opened;
    } catch (LoginRefusedException e) {
      throttle.failed(peer, user);
      refused.increment();
      audit.loginRefused(user, peer, e.getMessage());
      throw e;
    }
  }

  private Role check(String user, String password) {
    if (user.isEmpty()
        || user.length() > NAME_MAX
        || password.isEmpty()
        || password.length() > PASSWORD_MAX
        || user.indexOf('\0') >= 0
        || password.indexOf('\0') >= 0) {
      throw new LoginRefusedException("user and password of a PostgreSQL role are expected");
    }
    try {
      if (!turns.tryAcquire(TURN_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new NotReadyException("too many logins at the same time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotReadyException("stopping");
    }
    try {
      return roles.logIn(user, password);
    } finally {
      turns.release();
    }
  }

  public long accepted() {
    return accepted.sum();
  }

  public long refused() {
    return refused.sum();
  }

  /** How many are logged in. */
  public int sessions() {
    return sessions.size();
  }

  /** The session of a token, unless it is unknown or has expired. */
  public Optional<Session> session(String token) {
    return sessions.of(token);
  }

  /** The session with this {@link Session#key}, unless it is unknown or has expired. */
  public Optional<Session> byKey(String key) {
    return sessions.byKey(key);
  }

  /** Ends a session. */
  public void logOut(Session session) {
    sessions.close(session);
    audit.loggedOut(session);
  }

  /**
   * Has the privileges of another role count from now on, or of its own for null.
   *
   * @throws LoginRefusedException when the session's role is no member of it
   */
  public void actAs(Session session, String role) {
    session.acting().set(role == null ? session.role() : roles.member(session.role(), role));
  }

  /** What the session's role may read. */
  public TableReader reader(Session session) {
    return new TableReader() {
      @Override
      public Map<Long, TableAccess> access(Collection<Long> tableIds) {
        return roles.access(session.acting().get(), tableIds);
      }

      @Override
      public HeldTables hold(Collection<HeldTables.Name> names, List<String> searchPath) {
        return roles.hold(session.acting().get(), names, searchPath);
      }
    };
  }
}
