package io.datrang.server.access;

import io.datrang.types.Lsn;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A login: a role, until a moment, and what it has set and done. Thread safe.
 *
 * @param id for logs
 * @param key what it is kept under: a digest of its token, which opens nothing
 * @param role that logged in; limits and ownership go by it
 * @param acting whose privileges count: {@code role}, or what the client has set with option role
 * @param password of the role, for writes
 * @param options what the client has set, by name
 * @param written end of its last commit: what it reads must include that; null before the first
 */
public record Session(
    String id,
    String key,
    Role role,
    AtomicReference<Role> acting,
    SealedPassword password,
    String peer,
    Instant expires,
    Map<String, String> options,
    AtomicReference<Lsn> written) {
  Session(String id, String key, Role role, SealedPassword password, String peer, Instant expires) {
    this(
        id,
        key,
        role,
        new AtomicReference<>(role),
        password,
        peer,
        expires,
        new ConcurrentHashMap<>(),
        new AtomicReference<>());
  }

  /** Its later reads include everything up to there. */
  public void wrote(Lsn end) {
    written.accumulateAndGet(end, (a, b) -> a == null || a.compareTo(b) < 0 ? b : a);
  }
}
