/**
 * What {@code datrang.tables} and {@code datrang.sidecar} say, and what this module writes there.
 *
 * <p>Reads the wanted state (which tables, in which state); storage writes the state {@code
 * streaming}, this package {@code backfilling}.
 */
package io.datrang.replication.catalog;
