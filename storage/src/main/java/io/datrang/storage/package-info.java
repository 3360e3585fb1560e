/**
 * Tables as Parquet files, deletion vectors and a delta, readable as immutable snapshots at one
 * LSN.
 *
 * <p>Knows nothing of pgoutput and of Flight: changes come in as Arrow batches keyed by table,
 * readers get SQL relations for the embedded engine.
 */
package io.datrang.storage;
