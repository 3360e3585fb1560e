/**
 * The crash drill and the soak: a mixed write load, processes that are killed at random moments,
 * connections, disks and memory that fail for a while, then equality of heap and columnar contents.
 *
 * <p>Must never look into the sidecar's files or memory for contents: what counts is what a reader
 * gets. What the processes hold of the machine is counted from outside.
 */
package io.datrang.bench.crash;
