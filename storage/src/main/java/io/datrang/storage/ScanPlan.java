package io.datrang.storage;

import java.util.List;

/** What is left to read of a table after pruning. */
public interface ScanPlan {
  int files();

  int filesTotal();

  /**
   * Row groups that can hold matching rows, as far as statistics say. The engine opens no file
   * without one. Within the files it skips the others by the same statistics, or because {@link
   * #relation} names the rows to read where it could not find out by itself; it may skip more, by
   * bloom filters.
   */
  int rowGroups();

  int rowGroupsTotal();

  long deltaRows();

  /** Files whose columns {@link #relation}, once asked for, reads from the hot cache. */
  default int filesCached() {
    return 0;
  }

  /** Estimated number of rows that match the predicate. */
  double estimatedRows();

  /** What the number of matching rows does not exceed, as far as statistics say. */
  double rowsBound();

  /**
   * A parenthesised engine SQL query that yields these columns, in this order and under their
   * names, of all rows of the snapshot that can match; rows that do not match the predicate may be
   * among them. Values have the engine types of {@link TypeMapping}. With no columns it yields one
   * column of constant NULLs.
   */
  String relation(List<String> columns);

  /** The same for another engine, which gets copies of what is not in files. */
  default String relation(List<String> columns, LimitedEngine engine) {
    throw new UnsupportedOperationException("a table without files");
  }
}
