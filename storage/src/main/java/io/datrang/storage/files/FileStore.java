package io.datrang.storage.files;

import io.datrang.storage.parquet.Checksums;
import io.datrang.storage.parquet.WrittenFile;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Keeps immutable files, each written once under a name that is never used again. Thread-safe.
 *
 * <p>What cannot be done for reasons that may pass is a {@link FilesUnavailableException}.
 */
public interface FileStore extends AutoCloseable {
  /** What Iceberg's metadata calls a file. */
  String location(Path file);

  /** The file with this location. */
  Path path(String location);

  /** Keeps a data file that was written at its path; durable on return. */
  void keep(WrittenFile file);

  /** Keeps other files that were written at their paths; durable on return. */
  void keep(Collection<Path> files);

  /** Takes note of what a file kept earlier should hold, so that it can be verified. */
  void know(Path file, long bytes, List<Checksums.Part> parts);

  /** Size of a file that is kept, or -1. */
  long bytes(Path file);

  /** All files below a directory, kept or left behind, with their sizes. */
  Map<Path, Long> list(Path directory);

  /**
   * Has the copy of a file at its path, which seems damaged, verified and replaced when it is used
   * next, if the file itself is kept elsewhere.
   *
   * @param bytesMin what the file must have there
   * @return whether it is
   */
  default boolean doubtCopy(Path file, long bytesMin) {
    return false;
  }

  /** Removes files, and what is left of them here; what cannot be removed stays. */
  void remove(Collection<Path> files);

  /**
   * Refuses files that are another installation's.
   *
   * @param owner whose they must be
   */
  default void claim(UUID owner) {}

  /** Removes files that a crash left behind; those that may be somebody else's stay. */
  default void removeOrphans(Collection<Path> files) {
    remove(files);
  }

  /**
   * Something could not be written. When that is because the disk is full, copies that nobody uses
   * go, and the next attempt finds more room.
   */
  default void afterFailure(Throwable failure) {}

  /** For a query to have files at their paths; asks for no more than there is room for. */
  Use forQuery();

  /** For work that must be done, whether there is room or not. */
  Use forWork();

  default ObjectFigures figures() {
    return ObjectFigures.NONE;
  }

  @Override
  void close();

  /** Holds files at their paths. Thread-safe. */
  interface Use extends AutoCloseable {
    /** Returns when they are there; others may add and wait meanwhile. See {@link Patience}. */
    void add(Collection<Path> files);

    /** Another one of the same kind, which holds nothing yet. */
    Use again();

    @Override
    void close();
  }
}
