package io.datrang.server.updates;

import io.datrang.server.access.Session;

/**
 * Who writes.
 *
 * @param token of the session, which opens its password
 * @param schema where names without a schema are looked for first, or null
 */
public record Writer(Session session, String token, String schema) {}
