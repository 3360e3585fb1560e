/**
 * Follows PostgreSQL's write-ahead log and keeps the mirrors in storage equal to their sources.
 *
 * <p>{@link io.datrang.replication.Replication} is the door; the packages below each answer one
 * question: what the wire says ({@code pgoutput}), what a value is ({@code values}), what the
 * catalog wants ({@code catalog}), where the bytes come from ({@code wal}), what transactions do to
 * tables ({@code fold}), and how a table is copied for the first time ({@code backfill}). Must
 * never import Flight or the engine.
 */
package io.datrang.replication;
