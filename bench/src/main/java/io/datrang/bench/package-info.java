/**
 * Benchmarks against a running system, reached through SQL only. Each command prints a table of
 * figures (minimum, median and maximum over interleaved rounds), writes the same figures by name to
 * JSON on request, and ends with exit code 1 when heap and columnar answers differ.
 *
 * <p>Must never import the engine, storage or replication: what is measured is what a user sees.
 */
package io.datrang.bench;
