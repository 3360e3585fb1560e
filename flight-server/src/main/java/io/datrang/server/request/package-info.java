/**
 * The requests of the foreign data wrapper: their text, read into typed values.
 *
 * <p>The grammar is written down in {@code pg_fdw_shim/PROTOCOL.md}. Reads text and checks shape
 * only: it knows nothing of tables, of the engine and of what a signature means, and must never
 * import them.
 */
package io.datrang.server.request;
