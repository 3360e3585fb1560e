package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;

/**
 * Files of one commit: knows what was written, and puts deletions off until the commit has
 * happened. Used by one thread.
 */
final class CommitFileIO extends StoredFileIO {
  private final Set<Path> written = new LinkedHashSet<>();
  private final Set<Path> deleted = new LinkedHashSet<>();
  private boolean kept;

  CommitFileIO(FileStore files) {
    super(files);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    OutputFile file = super.newOutputFile(location);
    written.add(pathOf(location));
    return file;
  }

  /** What is written is read again before it is kept. */
  @Override
  public InputFile newInputFile(String location) {
    Path path = pathOf(location);
    return !kept && written.contains(path) ? localFile(path) : super.newInputFile(location);
  }

  @Override
  public void deleteFile(String location) {
    deleted.add(pathOf(location));
  }

  /** Says that what was written is kept: from now on it need not be at its path. */
  void kept() {
    kept = true;
  }

  /** Files that were written and not deleted again. */
  Set<Path> written() {
    Set<Path> kept = new LinkedHashSet<>(written);
    kept.removeAll(deleted);
    return kept;
  }

  /** Everything that was written. */
  Set<Path> allWritten() {
    return written;
  }

  Set<Path> deleted() {
    return deleted;
  }
}
