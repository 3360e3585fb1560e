/**
 * The bytes of PostgreSQL's {@code pgoutput} plugin as records: protocol 1, and the stream messages
 * of protocols 2 and 4.
 *
 * <p>Says what was sent, never what it means. Every length is checked against the message; a
 * message that cannot be understood is an error, never skipped. Must import nothing but the JDK and
 * {@link io.datrang.types.Lsn}.
 */
package io.datrang.replication.pgoutput;
