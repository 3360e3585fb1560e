/**
 * From messages to storage: collects transactions, sends each change to its table, and hands whole
 * transactions to storage in commit order.
 *
 * <p>One thread, {@link io.datrang.replication.apply.Applier}, owns everything here and all of
 * storage's calls that belong to "the replication thread"; others talk to it through {@link
 * io.datrang.replication.apply.Inbox}. Must never import the driver: bytes come in, positions go
 * out.
 */
package io.datrang.replication.apply;
