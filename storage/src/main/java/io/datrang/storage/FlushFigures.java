package io.datrang.storage;

import java.util.List;

/**
 * What flushes have done, added up.
 *
 * @param flushes those that succeeded
 * @param failures those that did not
 * @param rows rows in new files
 * @param bytes size of the new files
 * @param files new files
 * @param deletionVectors new deletion vectors
 * @param nanos time taken, failures included
 */
public record FlushFigures(
    long flushes,
    long failures,
    long rows,
    long bytes,
    long files,
    long deletionVectors,
    long nanos) {
  public static final FlushFigures NONE = new FlushFigures(0, 0, 0, 0, 0, 0, 0);

  static FlushFigures of(List<TableCommit> commits, long nanos) {
    List<DataFile> added = commits.stream().flatMap(c -> c.added().stream()).toList();
    return new FlushFigures(
        1,
        0,
        added.stream().mapToLong(DataFile::rows).sum(),
        added.stream().mapToLong(DataFile::bytes).sum(),
        added.size(),
        commits.stream().mapToLong(c -> c.revised().size()).sum(),
        nanos);
  }

  static FlushFigures failed(long nanos) {
    return new FlushFigures(0, 1, 0, 0, 0, 0, nanos);
  }

  FlushFigures plus(FlushFigures other) {
    return new FlushFigures(
        flushes + other.flushes,
        failures + other.failures,
        rows + other.rows,
        bytes + other.bytes,
        files + other.files,
        deletionVectors + other.deletionVectors,
        nanos + other.nanos);
  }

  /** One flush, for the log. */
  @Override
  public String toString() {
    return "rows="
        + rows
        + " files="
        + files
        + " bytes="
        + bytes
        + " deletion_vectors="
        + deletionVectors
        + " ms="
        + nanos / 1_000_000;
  }
}
