package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;

/** One table inside a {@link Snapshot}. */
public interface TableSnapshot {
  TableSchema schema();

  /**
   * Why the table cannot be read (backfill not complete, stopped by an error), or null when it can.
   */
  String unreadableBecause();

  /**
   * The position at which the table ended: it is readable as of there, and whatever was committed
   * later is missing. Empty while the table is followed.
   */
  Optional<Lsn> frozenAt();

  /** Number of rows, exact up to keys deleted but not yet resolved to positions. */
  long rowCount();

  /**
   * Asks the index which files and row groups can hold matching rows; never drops one that might.
   */
  ScanPlan plan(Predicate predicate);

  /** The whole table as scans that together have each row once; at most so many. */
  default List<ScanPlan> divide(int scans) {
    return List.of(plan(new Predicate.Any()));
  }

  /**
   * Reads the few rows whose columns have these values, without the engine.
   *
   * @param conditions all of which hold; of values Long, bytes or UUID, and columns of kinds that
   *     are equal when these are
   * @param columns names of what is read
   * @return empty when the engine had better read them; the caller closes what there is
   */
  default Optional<FoundRows> find(
      List<Predicate.In> conditions, List<String> columns, BufferAllocator allocator) {
    return Optional.empty();
  }

  /**
   * Like {@link #find}, but of what is in memory: it never waits, and is also empty when it would
   * have to.
   */
  default Optional<FoundRows> findKept(
      List<Predicate.In> conditions, List<String> columns, BufferAllocator allocator) {
    return Optional.empty();
  }

  /**
   * What the index answers of questions about the rows that a condition is true for, and how what
   * it does not is read.
   *
   * @param matching holds for all of these rows
   * @param others holds for all other rows
   */
  default FileFacts facts(
      Collection<FileFacts.Question> questions, Predicate matching, Predicate others) {
    return FileFacts.none(plan(matching));
  }
}
