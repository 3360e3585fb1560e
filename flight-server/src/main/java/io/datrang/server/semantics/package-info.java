/**
 * The semantic catalogue: which PostgreSQL operators and functions the engine computes exactly, and
 * how.
 *
 * <p>One catalogue for planning, execution and pruning. What is not in it stays in PostgreSQL.
 * Turns request expressions into engine SQL and into {@link io.datrang.index.Predicate}; runs
 * nothing, and must never import the engine or Flight.
 */
package io.datrang.server.semantics;
