/**
 * The crash drill: a mixed write load, {@code kill -9} of the sidecar and immediate stops of the
 * server at random moments, then equality of heap and columnar contents.
 *
 * <p>Must never look into the sidecar's files or memory: what counts is what a reader gets.
 */
package io.datrang.bench.crash;
