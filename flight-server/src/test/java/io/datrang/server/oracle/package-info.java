/**
 * What the sidecar computes, compared with PostgreSQL: requests of the shim run on an engine in
 * memory, the same statements on a private PostgreSQL.
 */
package io.datrang.server.oracle;
