/**
 * Who calls, and what he may read: logins checked by PostgreSQL, tokens, privileges as of the
 * catalog.
 *
 * <p>PostgreSQL decides everything here; nothing is remembered but who has logged in. Must never
 * import Flight or the engine.
 */
package io.datrang.server.access;
