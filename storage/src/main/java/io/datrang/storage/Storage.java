package io.datrang.storage;

import io.datrang.storage.files.ObjectFigures;
import io.datrang.storage.iceberg.PastState;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/**
 * The tables of one sidecar, as those see them who read them or look after their files. Any thread.
 *
 * <p>Invariant: durable ≤ applied, both monotone; a reader sees whole batches only, all tables at
 * one LSN.
 */
public interface Storage extends AutoCloseable {
  /** Below the data directory: what lies there belongs to others. */
  String STAGING_DIRECTORY = "staging";

  /** Position up to which everything is in files and in the catalog; survives a crash. */
  Lsn durableLsn();

  /** Position up to which readers see everything. */
  Lsn appliedLsn();

  /** Schemas of the tables whose backfill is complete. */
  List<TableSchema> tables();

  /** The newest snapshot. */
  Snapshot pin();

  /**
   * A snapshot that has everything up to {@code atLeast}.
   *
   * @throws FreshnessTimeoutException when it is not reached in time
   */
  Snapshot pin(Lsn atLeast, Duration timeout);

  /** The next position a reader waits for: it is worth applying what reaches it at once. */
  default Optional<Lsn> awaited() {
    return Optional.empty();
  }

  /** Live figures for the status view. */
  Optional<TableStatus> status(long tableId);

  /**
   * Writes a table's files anew where they have deleted rows, are not sorted or are small, and
   * removes those that only expired snapshots need. Readers and changes go on meanwhile. Any
   * thread; returns when it is done.
   *
   * @param stopper told how to stop it
   */
  default Vacuumed vacuum(long tableId, Consumer<Runnable> stopper) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /**
   * Reads all of a table's files and compares them with what is known of them. A table with damaged
   * files is stopped. Any thread.
   *
   * @param stopped asked between files
   */
  default List<FileProblem> check(long tableId, BooleanSupplier stopped) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /**
   * Pins a past state: files only, no delta. Its tables are looked up as they are asked for, and
   * may fail then.
   *
   * @throws HistoryGoneException when it is not kept any more
   */
  default Snapshot pin(AsOf asOf) {
    throw new HistoryGoneException("this storage keeps no history");
  }

  /**
   * Flushes, and pins what is stored then. Everything up to {@link #appliedLsn} is in it. Any
   * thread.
   */
  default StoredTables pinStored() {
    throw new UnsupportedOperationException("a storage without files");
  }

  /** The past states of a table that can be read, oldest first. */
  default List<PastState> history(long tableId) {
    return List.of();
  }

  /** Makes a table's index anew from its files; answers how many there are. Any thread. */
  default int reindex(long tableId) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /** What flushes have done since this storage was opened. */
  FlushFigures flushFigures();

  /** What compactions have done since this storage was opened. */
  default CompactionFigures compactionFigures() {
    return CompactionFigures.NONE;
  }

  /** What is kept decoded, since this storage was opened. */
  default CacheFigures cacheFigures() {
    return CacheFigures.NONE;
  }

  /** What was asked of an object store, since this storage was opened. */
  default ObjectFigures objectFigures() {
    return ObjectFigures.NONE;
  }

  /**
   * A new connection to the engine that holds the delta; one query at a time on it. The caller
   * closes it.
   */
  DuckDBConnection connect();

  /** An engine of its own for one query, with so much memory; the caller closes it. */
  default LimitedEngine limited(long memoryBytesMax) {
    throw new UnsupportedOperationException("a storage without files");
  }

  /** Parent of all Arrow memory that is handed to this storage. */
  BufferAllocator allocator();

  @Override
  void close();
}
