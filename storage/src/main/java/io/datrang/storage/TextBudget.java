package io.datrang.storage;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds what the text filters of all tables' files take of the Java heap. Files beyond that are
 * without: a search for a part of a text reads all of them. Guarded by storage's write lock.
 */
final class TextBudget {
  /** Of them in all. */
  static final long BYTES_MAX = Runtime.getRuntime().maxMemory() / 8;

  private static final Logger LOG = LoggerFactory.getLogger(TextBudget.class);

  private final long bytesMax;

  TextBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** A table's file. */
  private record Held(MirrorTable table, DataFile file) {}

  /** Takes filters from the newest files until no more are left than there may be. */
  void bound(Collection<MirrorTable> tables) {
    long bytes = 0;
    List<Held> held = new ArrayList<>();
    for (MirrorTable table : tables) {
      for (DataFile file : table.files()) {
        long its = file.index().textBytes();
        bytes += its;
        if (its > 0 && file.fileId() != 0) { // others are not in the catalog yet
          held.add(new Held(table, file));
        }
      }
    }
    if (bytes <= bytesMax) {
      return;
    }
    held.sort(Comparator.comparingLong((Held each) -> each.file.key()).reversed());
    int taken = 0;
    for (Held each : held) {
      if (bytes <= bytesMax) {
        break;
      }
      bytes -= each.file.index().textBytes();
      each.table.replace(each.file, each.file.with(each.file.index().withoutTexts()));
      taken++;
    }
    LOG.warn(
        "text filters of {} files are not used: all together would take more than {} bytes",
        taken,
        bytesMax);
  }
}
