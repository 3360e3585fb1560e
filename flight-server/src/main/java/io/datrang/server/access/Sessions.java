package io.datrang.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Logins by their bearer tokens, of which only digests are kept. Bounded: a role that logs in too
 * often loses the session it has not used for longest. Thread safe.
 */
public final class Sessions {
  static final int SESSIONS_MAX = 10_000;
  static final int SESSIONS_OF_ROLE_MAX = 200;
  private static final int TOKEN_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;
  private final Duration lifetime;
  private final Map<String, Session> byDigest = new LinkedHashMap<>(16, 0.75f, true);
  private long number;

  /** A login and the only copy of its token. */
  public record Opened(Session session, String token) {}

  /** No sessions yet; each will last {@code lifetime}, used or not. */
  public Sessions(InstantSource clock, Duration lifetime) {
    this.clock = clock;
    this.lifetime = lifetime;
  }

  synchronized Opened open(Role role, String password, String peer) {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Session session =
        new Session(
            "s" + ++number,
            digest(token),
            role,
            SealedPassword.of(password, token),
            peer,
            clock.instant().plus(lifetime));
    removeExpired();
    long ofRole =
        byDigest.values().stream().filter(s -> s.role().userOid() == role.userOid()).count();
    if (ofRole >= SESSIONS_OF_ROLE_MAX) {
      removeOldest(role.userOid());
    } else if (byDigest.size() >= SESSIONS_MAX) {
      byDigest.remove(byDigest.keySet().iterator().next());
    }
    byDigest.put(session.key(), session);
    return new Opened(session, token);
  }

  /** The login of a token, unless it is unknown or has expired. */
  public Optional<Session> of(String token) {
    return byKey(digest(token));
  }

  /** The login with this {@link Session#key}, unless it is unknown or has expired. */
  public synchronized Optional<Session> byKey(String key) {
    Session session = byDigest.get(key);
    if (session != null && isExpired(session)) {
      byDigest.remove(key);
      return Optional.empty();
    }
    return Optional.ofNullable(session);
  }

  /** Ends a login; its token opens nothing any more. */
  public synchronized void close(Session session) {
    byDigest.remove(session.key());
  }

  public synchronized int size() {
    removeExpired();
    return byDigest.size();
  }

  private void removeExpired() {
    byDigest.values().removeIf(this::isExpired);
  }

  private void removeOldest(long userOid) {
    for (Iterator<Session> all = byDigest.values().iterator(); all.hasNext(); ) {
      if (all.next().role().userOid() == userOid) {
        all.remove();
        return;
      }
    }
  }

  private boolean isExpired(Session session) {
    return !clock.instant().isBefore(session.expires());
  }

  private static String digest(String token) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
