/**
 * The differential harness: random tables, changes and queries; every statement runs on the heap
 * table and on its mirror, and PostgreSQL's answer is the right one.
 *
 * <p>All randomness comes from one seed and none of it depends on answers, so a seed replays a run.
 */
package io.datrang.bench.differential;
