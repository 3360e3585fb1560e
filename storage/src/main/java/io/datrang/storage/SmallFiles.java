package io.datrang.storage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Chooses small files that a flush writes into its new one: when there are too many of one size
 * class (each 16 times the one before), so that a row is written again only as often as there are
 * classes, and the number of files stays bounded.
 */
final class SmallFiles {
  private static final long CLASS_FACTOR = 16;
  private static final long SMALLEST_CLASS_BYTES = 64L << 10;

  /** Files of at least that part of the target size are left alone. */
  private static final int TARGET_PART = 4;

  private SmallFiles() {}

  /** The files to merge, in order; none when there are not too many. */
  static List<DataFile> toMerge(List<DataFile> files, int smallFilesMax, long fileBytesTarget) {
    Map<Integer, List<DataFile>> classes = new HashMap<>();
    for (DataFile file : files) {
      if (isSmall(file, fileBytesTarget)) {
        classes.computeIfAbsent(sizeClass(file), c -> new ArrayList<>()).add(file);
      }
    }
    return classes.entrySet().stream()
        .filter(entry -> entry.getValue().size() > smallFilesMax)
        .min(Map.Entry.comparingByKey())
        .map(entry -> upTo(entry.getValue(), fileBytesTarget))
        .orElse(List.of());
  }

  /** Whether a file could be part of a larger one. */
  static boolean isSmall(DataFile file, long fileBytesTarget) {
    return file.bytes() < fileBytesTarget / TARGET_PART && !file.hasManyChunks();
  }

  private static int sizeClass(DataFile file) {
    int sizeClass = 0;
    for (long limit = SMALLEST_CLASS_BYTES; file.bytes() >= limit; limit *= CLASS_FACTOR) {
      sizeClass++;
    }
    return sizeClass;
  }

  /** What fits a file of the target size. */
  private static List<DataFile> upTo(List<DataFile> files, long fileBytesTarget) {
    List<DataFile> chosen = new ArrayList<>();
    long bytes = 0;
    for (DataFile file : files) {
      bytes += file.bytes();
      if (bytes > fileBytesTarget) {
        break;
      }
      chosen.add(file);
    }
    return chosen;
  }
}
