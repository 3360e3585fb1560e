package io.datrang.server.access;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A login: a role, until a moment, and the options it has set. Thread safe.
 *
 * @param id for logs
 * @param key what it is kept under: a digest of its token, which opens nothing
 * @param options what the client has set, by name
 */
public record Session(
    String id, String key, Role role, String peer, Instant expires, Map<String, String> options) {
  Session(String id, String key, Role role, String peer, Instant expires) {
    this(id, key, role, peer, expires, new ConcurrentHashMap<>());
  }
}
