package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.Collection;
import java.util.Optional;

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

  /** What the index answers of questions about all rows, and how what it does not is read. */
  default FileFacts facts(Collection<FileFacts.Question> questions) {
    return FileFacts.none(plan(new Predicate.Any()));
  }
}
