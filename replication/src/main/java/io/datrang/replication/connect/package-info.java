/**
 * Connections to the source server, with every setting pinned that changes how values are printed
 * or that could end a long-lived session.
 */
package io.datrang.replication.connect;
