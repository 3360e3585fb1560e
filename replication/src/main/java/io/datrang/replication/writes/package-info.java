/**
 * Writes to native tables on their way: uploaded by a PostgreSQL transaction, visible to it alone,
 * published when its commit arrives in the replication stream.
 *
 * <p>The commit record is a logical message in PostgreSQL's WAL ({@link
 * io.datrang.replication.writes.WriteRecord}): small writes travel in it as a whole, large ones lie
 * in a file it names. A transaction that rolls back never sends it. Knows neither Flight nor
 * pgoutput.
 */
package io.datrang.replication.writes;
