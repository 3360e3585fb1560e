package io.datrang.storage.iceberg;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.iceberg.io.OutputFile;

/**
 * Files of one commit: knows what was written, and puts deletions off until the commit has
 * happened. Used by one thread.
 */
final class CommitFileIO extends LocalFileIO {
  private final Set<Path> written = new LinkedHashSet<>();
  private final Set<Path> deleted = new LinkedHashSet<>();

  @Override
  public OutputFile newOutputFile(String location) {
    OutputFile file = super.newOutputFile(location);
    written.add(path(location));
    return file;
  }

  @Override
  public void deleteFile(String location) {
    deleted.add(path(location));
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
