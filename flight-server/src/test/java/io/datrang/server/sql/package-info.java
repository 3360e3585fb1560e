/**
 * Tests of the extension's SQL that need a server of their own configuration, and no sidecar.
 *
 * <p>What needs a running sidecar is in {@code pg_fdw_shim/sql}.
 */
package io.datrang.server.sql;
