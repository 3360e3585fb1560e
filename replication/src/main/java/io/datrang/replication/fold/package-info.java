/**
 * What a sequence of row changes does to a table, reduced to the last state of each key.
 *
 * <p>{@link io.datrang.replication.fold.TableFold} takes the changes in order and gives {@code
 * TableChanges}. Values that an UPDATE did not send (unchanged and stored out of line) are followed
 * to where they were last sent, or looked up in storage. Knows nothing of positions, connections or
 * threads.
 */
package io.datrang.replication.fold;
