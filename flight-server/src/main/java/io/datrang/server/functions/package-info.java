/**
 * Functions the engine lacks or computes otherwise than PostgreSQL, written in Java and registered
 * with the engine under names that start with {@code pg_}.
 *
 * <p>Slower than the engine's own (tens to hundreds of nanoseconds a row). Knows nothing of
 * requests or Flight.
 */
package io.datrang.server.functions;
