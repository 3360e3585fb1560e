package io.datrang.storage;

/**
 * What compactions have done, added up, those on demand too.
 *
 * @param runs those that succeeded
 * @param failures those that failed, or were in vain because the table had changed
 * @param filesRead files that were replaced
 * @param bytesRead their size
 * @param files new files
 * @param bytes their size
 * @param nanos time taken, failures and pauses for the rate included
 */
public record CompactionFigures(
    long runs, long failures, long filesRead, long bytesRead, long files, long bytes, long nanos) {
  public static final CompactionFigures NONE = new CompactionFigures(0, 0, 0, 0, 0, 0, 0);

  static CompactionFigures failed(long nanos) {
    return new CompactionFigures(0, 1, 0, 0, 0, 0, nanos);
  }

  CompactionFigures plus(CompactionFigures other) {
    return new CompactionFigures(
        runs + other.runs,
        failures + other.failures,
        filesRead + other.filesRead,
        bytesRead + other.bytesRead,
        files + other.files,
        bytes + other.bytes,
        nanos + other.nanos);
  }
}
