/**
 * Serving requests: choosing a snapshot, running the engine over it, and handing the answer out in
 * Arrow batches.
 *
 * <p>Whoever carries the answer implements {@link io.datrang.server.query.Answer}; this package
 * must never import Flight.
 */
package io.datrang.server.query;
