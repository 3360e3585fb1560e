package io.datrang.storage;

import io.datrang.storage.iceberg.DeletionVectorFile;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Watches since when nothing was deleted from files. Used by one thread. */
final class Settling {
  private record Seen(DeletionVectorFile.Blob vector, long nanos) {}

  private final Duration quiet;
  private final Map<Long, Seen> seen = new HashMap<>();

  /**
   * @param quiet how long nothing must have been deleted
   */
  Settling(Duration quiet) {
    this.quiet = quiet;
  }

  /** Looks at a table's files as they are now. */
  void look(List<DataFile> files) {
    long now = System.nanoTime();
    for (DataFile file : files) {
      if (file.vector() != null) {
        seen.compute(
            file.key(),
            (key, last) ->
                last != null && last.vector().equals(file.vector())
                    ? last
                    : new Seen(file.vector(), now));
      }
    }
  }

  boolean isSettled(DataFile file) {
    Seen last = seen.get(file.key());
    return last != null && System.nanoTime() - last.nanos() >= quiet.toNanos();
  }

  /** Forgets all files but these. */
  void retain(List<DataFile> files) {
    Set<Long> keys = new HashSet<>();
    files.forEach(f -> keys.add(f.key()));
    seen.keySet().retainAll(keys);
  }
}
