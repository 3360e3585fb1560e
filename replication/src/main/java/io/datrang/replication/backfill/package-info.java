/**
 * The first copy of a table: the rows of an exported snapshot, read by several connections at once.
 *
 * <p>The snapshot comes from creating a temporary slot, the only way to get a snapshot and a
 * position that belong together: transactions whose COMMIT record starts before the position are in
 * the snapshot, all others come from the stream. A copy that is interrupted starts from zero.
 */
package io.datrang.replication.backfill;
