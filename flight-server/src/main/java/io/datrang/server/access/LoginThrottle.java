package io.datrang.server.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Slows down whoever guesses passwords: after a few failures logins from one address as one role
 * must wait, longer each time; after more, all logins from that address. Nobody else is slowed
 * down. Bounded; thread safe.
 */
final class LoginThrottle {
  private static final int OF_ROLE_FREE = 5;
  private static final int OF_PEER_FREE = 50;
  private static final int ENTRIES_MAX = 10_000;
  private static final Duration WAIT_MAX = Duration.ofMinutes(5);
  private static final Duration FORGET_AFTER = Duration.ofMinutes(15);

  private record Key(String peer, String user) {}

  private record Failures(int count, Instant last, Instant blockedUntil) {}

  private final InstantSource clock;
  private final Map<Key, Failures> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Failures> eldest) {
          return size() > ENTRIES_MAX;
        }
      };

  LoginThrottle(InstantSource clock) {
    this.clock = clock;
  }

  /** How long a login must wait; empty when it may be tried now. */
  synchronized Optional<Duration> delay(String peer, String user) {
    Instant now = clock.instant();
    Instant until = latest(blockedUntil(new Key(peer, user)), blockedUntil(new Key(peer, "")));
    return until.isAfter(now) ? Optional.of(Duration.between(now, until)) : Optional.empty();
  }

  synchronized void failed(String peer, String user) {
    add(new Key(peer, user), OF_ROLE_FREE);
    add(new Key(peer, ""), OF_PEER_FREE);
  }

  /** The address keeps its count: one right password does not make many wrong ones good. */
  synchronized void succeeded(String peer, String user) {
    failures.remove(new Key(peer, user));
  }

  private void add(Key key, int free) {
    Instant now = clock.instant();
    Failures before = failures.get(key);
    boolean old = before == null || before.last.plus(FORGET_AFTER).isBefore(now);
    int count = old ? 1 : before.count + 1;
    Duration wait =
        count < free
            ? Duration.ZERO
            : Duration.ofSeconds(Math.min(WAIT_MAX.toSeconds(), 1L << Math.min(20, count - free)));
    failures.put(key, new Failures(count, now, now.plus(wait)));
  }

  private Instant blockedUntil(Key key) {
    Failures known = failures.get(key);
    return known == null ? Instant.MIN : known.blockedUntil;
  }

  private static Instant latest(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
