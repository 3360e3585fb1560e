/**
 * Apache Spark reads what Datrang writes, through the catalog in PostgreSQL and nothing of our own
 * code. Must import nothing of other modules. Runs under {@code -Pspark} against a running system.
 */
package io.datrang.spark;
