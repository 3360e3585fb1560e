package io.datrang.storage;

import io.datrang.index.FileRange;
import io.datrang.types.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Says which files of a table are worth being written anew. */
final class CompactionChoice {
  /** Files with fewer rows alive than this are worth it by themselves. */
  private static final double LIVE_PART_MIN = 0.9;

  /**
   * The same for files from which nothing is deleted at present: a scan that has to leave out one
   * row in a hundred takes twice the time.
   */
  private static final double SETTLED_LIVE_PART_MIN = 0.995;

  private final int smallFilesMax;
  private final long fileBytesTarget;

  CompactionChoice(int smallFilesMax, long fileBytesTarget) {
    this.smallFilesMax = smallFilesMax;
    this.fileBytesTarget = fileBytesTarget;
  }

  /**
   * What is worth it in the background; none when nothing is.
   *
   * @param settled whether nothing was deleted from a file for a while
   */
  List<DataFile> due(List<DataFile> files, Predicate<DataFile> settled, long bytesMax) {
    List<DataFile> dirty =
        files.stream()
            .filter(
                f ->
                    f.livePart() < LIVE_PART_MIN
                        || f.livePart() < SETTLED_LIVE_PART_MIN && settled.test(f))
            .toList();
    return dirty.isEmpty()
        ? SmallFiles.toMerge(files, smallFilesMax, fileBytesTarget)
        : upTo(dirty, bytesMax).get(0);
  }

  /**
   * What has to be written anew so that no file has deleted rows, all are sorted, do not overlap
   * and are no smaller than they have to be; in portions of about {@code bytesMax} that follow one
   * another in the order of {@code sortBy}.
   */
  List<List<DataFile>> untidy(List<DataFile> files, List<Column> sortBy, long bytesMax) {
    List<Integer> fields = sortBy.stream().map(Column::fieldId).toList();
    List<DataFile> ordered = new ArrayList<>(files);
    Map<DataFile, Optional<FileRange>> ranges = ranges(files, sortBy.get(0));
    ordered.sort(
        Comparator.comparing(
            ranges::get,
            (one, other) ->
                one.isPresent() && other.isPresent()
                    ? FileRange.byLower(one.get(), other.get())
                    : Boolean.compare(one.isEmpty(), other.isEmpty())));
    Set<DataFile> chosen = new HashSet<>();
    for (DataFile file : ordered) {
      if (file.vector() != null || !file.sortedBy().equals(fields)) {
        chosen.add(file);
      }
    }
    addOverlapping(ordered, ranges, chosen);
    addSmallNeighbours(ordered, chosen);
    List<DataFile> untidy = ordered.stream().filter(chosen::contains).toList();
    return untidy.isEmpty() ? List.of() : upTo(untidy, bytesMax);
  }

  private static Map<DataFile, Optional<FileRange>> ranges(List<DataFile> files, Column column) {
    Map<DataFile, Optional<FileRange>> ranges =
        new TreeMap<>(Comparator.comparingLong(DataFile::key));
    for (DataFile file : files) {
      ranges.put(file, FileRange.of(column.type(), column.fieldId(), file.index()));
    }
    return ranges;
  }

  private static void addOverlapping(
      List<DataFile> ordered, Map<DataFile, Optional<FileRange>> ranges, Set<DataFile> chosen) {
    DataFile farthest = null;
    for (DataFile file : ordered) {
      Optional<FileRange> range = ranges.get(file);
      if (range.isEmpty()) {
        continue;
      }
      if (farthest != null && ranges.get(farthest).get().reachesInto(range.get())) {
        chosen.add(farthest);
        chosen.add(file);
      }
      if (farthest == null || range.get().endsAfter(ranges.get(farthest).get())) {
        farthest = file;
      }
    }
  }

  /** Two files that follow one another and are small, or small beside one written anyway. */
  private void addSmallNeighbours(List<DataFile> ordered, Set<DataFile> chosen) {
    for (int i = 1; i < ordered.size(); i++) {
      DataFile one = ordered.get(i - 1);
      DataFile other = ordered.get(i);
      if (SmallFiles.isSmall(one, fileBytesTarget) && SmallFiles.isSmall(other, fileBytesTarget)) {
        chosen.add(one);
        chosen.add(other);
      }
    }
  }

  /** Portions of at least one file. */
  private static List<List<DataFile>> upTo(List<DataFile> files, long bytesMax) {
    List<List<DataFile>> portions = new ArrayList<>();
    long bytes = Long.MAX_VALUE / 2;
    for (DataFile file : files) {
      if (bytes + file.bytes() > bytesMax) {
        portions.add(new ArrayList<>());
        bytes = 0;
      }
      portions.get(portions.size() - 1).add(file);
      bytes += file.bytes();
    }
    return portions;
  }
}
