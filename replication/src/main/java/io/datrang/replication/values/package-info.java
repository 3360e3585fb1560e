/**
 * PostgreSQL's text output as Arrow values: the one way a value takes, whether COPY or the
 * replication stream brought it.
 *
 * <p>Relies on the output settings that {@code PinnedSettings} fixes on every connection. A value
 * is kept exactly or is a {@link io.datrang.replication.values.ValueException}; nothing is clamped,
 * rounded or turned into NULL.
 */
package io.datrang.replication.values;
