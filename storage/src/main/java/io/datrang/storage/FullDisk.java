package io.datrang.storage;

import java.util.List;

/** Knows failures that a full disk is the reason of, whoever has written. */
public final class FullDisk {
  /** The operating system's words for a full disk, a quota that is used up, a limit on files. */
  private static final List<String> WORDS =
      List.of("No space left on device", "Disk quota exceeded", "File too large");

  private FullDisk() {}

  /** Whether it is the reason of this, or of what caused this. */
  public static boolean isReasonOf(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      String message = each.getMessage();
      if (message != null && WORDS.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }
}
