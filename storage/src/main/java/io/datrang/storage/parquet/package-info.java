/**
 * Data files: Arrow batches to Parquet, with statistics, column and offset index, bloom filters and
 * page checksums.
 *
 * <p>Knows one file at a time: nothing of tables' states, of the catalog or of the engine. Runs
 * without Hadoop.
 */
package io.datrang.storage.parquet;
