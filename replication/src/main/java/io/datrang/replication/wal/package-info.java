/**
 * The replication slot and the connection that streams from it: may it be used at all, what comes
 * out of it, what is acknowledged.
 *
 * <p>Must never look into messages; {@code apply} does.
 */
package io.datrang.replication.wal;
