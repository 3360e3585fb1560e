/**
 * Sends grouped queries to a cluster, Apache Spark or Trino, that reads the same Iceberg tables:
 * what is exact there is rendered in its SQL, its groups come back through JDBC, and the embedded
 * engine computes the rest of them. Must know nothing of Flight.
 */
package io.datrang.server.remote;
