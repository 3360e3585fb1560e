package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.index.RowGroupIndex;
import io.datrang.index.RowGroupPruning;
import io.datrang.index.Selectivity;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files and row groups a scan has left after pruning.
 *
 * @param files those with at least one row group left
 * @param rowGroups number of row groups left
 * @param rowGroupsTotal number of row groups of all files
 * @param filesTotal number of files
 * @param matchingRows live rows expected to match
 * @param rowsLeft live rows of the row groups left
 * @param rows live rows of all files
 * @param part which part of rows without statistics is expected to match
 */
record FileSelection(
    List<Part> files,
    int rowGroups,
    int rowGroupsTotal,
    int filesTotal,
    double matchingRows,
    double rowsLeft,
    double rows,
    double part) {

  /** More separate branches in a query than this cost more (0.8 ms each) than they save. */
  static final int RESTRICTED_FILES_MAX = 8;

  /**
   * A file to read.
   *
   * @param ranges the row positions to read, in order, and no others; null to read all and leave
   *     skipping to the engine, which has the same statistics
   */
  record Part(DataFile file, List<Range> ranges) {}

  /** Row positions from {@code first} to {@code last}, both included. */
  record Range(long first, long last) {}

  static FileSelection none() {
    return new FileSelection(List.of(), 0, 0, 0, 0, 0, 0, 1);
  }

  static FileSelection all(List<DataFile> files) {
    int rowGroups = files.stream().mapToInt(FileSelection::rowGroups).sum();
    double rows = files.stream().mapToDouble(DataFile::liveRows).sum();
    List<Part> parts = files.stream().map(f -> new Part(f, null)).toList();
    return new FileSelection(parts, rowGroups, rowGroups, files.size(), rows, rows, rows, 1);
  }

  /**
   * Parts of files that somebody has chosen.
   *
   * @param rowGroups how many row groups are in them
   * @param files all there are
   */
  static FileSelection some(List<Part> chosen, int rowGroups, List<DataFile> files) {
    FileSelection all = all(files);
    return new FileSelection(
        chosen,
        rowGroups,
        all.rowGroupsTotal,
        all.filesTotal,
        all.matchingRows,
        all.rowsLeft,
        all.rows,
        1);
  }

  /** What statistics leave of the files. */
  static FileSelection of(TableSchema schema, List<DataFile> files, Predicate predicate) {
    if (RowGroupPruning.isTrivial(predicate)) {
      return all(files);
    }
    RowGroupPruning pruning = new RowGroupPruning(schema);
    Selectivity selectivity = new Selectivity(schema);
    List<Candidate> candidates = new ArrayList<>();
    double matching = 0;
    double rowsLeft = 0;
    for (DataFile file : files) {
      List<RowGroupIndex> left = new ArrayList<>();
      for (RowGroupIndex group : file.index().rowGroups()) {
        if (pruning.mayMatch(predicate, group)) {
          left.add(group);
          double live = group.rows() * file.livePart();
          matching += selectivity.of(predicate, group) * live;
          rowsLeft += live;
        }
      }
      if (file.index().rowGroups().isEmpty()) {
        rowsLeft += file.liveRows();
      }
      if (!left.isEmpty() || file.index().rowGroups().isEmpty()) {
        candidates.add(new Candidate(file, left));
      }
    }
    Set<DataFile> restricted = restricted(predicate, candidates);
    List<Part> parts =
        candidates.stream()
            .map(c -> new Part(c.file(), restricted.contains(c.file()) ? c.ranges() : null))
            .toList();
    return new FileSelection(
        parts,
        candidates.stream().mapToInt(c -> c.left().size()).sum(),
        files.stream().mapToInt(FileSelection::rowGroups).sum(),
        files.size(),
        matching,
        rowsLeft,
        files.stream().mapToDouble(DataFile::liveRows).sum(),
        selectivity.of(predicate, new RowGroupIndex(0, 0, 1_000_000, 0, 0, Map.of())));
  }

  /**
   * Files whose row groups are named in the query. The engine skips row groups for conditions on
   * single columns as well as we do (and with bloom filters), so only alternatives across columns
   * and parts of texts are worth it, and only where most is skipped.
   */
  private static Set<DataFile> restricted(Predicate predicate, List<Candidate> candidates) {
    if (!isOursAlone(predicate)) {
      return Set.of();
    }
    Set<DataFile> files = new HashSet<>();
    candidates.stream()
        .filter(c -> c.skipped() > 0)
        .sorted(Comparator.comparingInt(Candidate::skipped).reversed())
        .limit(RESTRICTED_FILES_MAX)
        .forEach(c -> files.add(c.file()));
    return files;
  }

  /** Whether the engine cannot skip row groups by it. */
  private static boolean isOursAlone(Predicate predicate) {
    if (predicate instanceof Predicate.Contains) {
      return true;
    }
    if (predicate instanceof Predicate.And and) {
      return and.all().stream().anyMatch(FileSelection::isOursAlone);
    }
    if (predicate instanceof Predicate.Or or) {
      Set<Integer> fields = new HashSet<>();
      or.any().forEach(each -> addFields(each, fields));
      return fields.size() > 1 || or.any().stream().anyMatch(FileSelection::isOursAlone);
    }
    return false;
  }

  private static void addFields(Predicate predicate, Set<Integer> fields) {
    if (predicate instanceof Predicate.Compare compare) {
      fields.add(compare.fieldId());
    } else if (predicate instanceof Predicate.In in) {
      fields.add(in.fieldId());
    } else if (predicate instanceof Predicate.Contains contains) {
      fields.add(contains.fieldId());
    } else if (predicate instanceof Predicate.IsNull isNull) {
      fields.add(isNull.fieldId());
    } else if (predicate instanceof Predicate.IsNotNull isNotNull) {
      fields.add(isNotNull.fieldId());
    } else if (predicate instanceof Predicate.And and) {
      and.all().forEach(each -> addFields(each, fields));
    } else if (predicate instanceof Predicate.Or or) {
      or.any().forEach(each -> addFields(each, fields));
    }
  }

  /**
   * The same files in at most so many selections of about as many rows each, cut between row
   * groups; for a selection of {@link #all}.
   */
  List<FileSelection> divide(int selections) {
    List<List<Part>> divided = new ArrayList<>();
    List<Part> current = new ArrayList<>();
    double share = rows / selections;
    double gathered = 0;
    for (Part part : files) {
      List<RowGroupIndex> groups = part.file().index().rowGroups();
      int begin = 0;
      for (int end = 1; end <= groups.size(); end++) {
        gathered += groups.get(end - 1).rows();
        if (gathered >= share && divided.size() < selections - 1) {
          current.add(some(part.file(), begin, end));
          divided.add(current);
          current = new ArrayList<>();
          gathered = 0;
          begin = end;
        }
      }
      if (begin < groups.size() || groups.isEmpty()) {
        current.add(some(part.file(), begin, groups.size()));
      }
    }
    if (!current.isEmpty() || divided.isEmpty()) {
      divided.add(current);
    }
    List<DataFile> every = files.stream().map(Part::file).toList();
    return divided.stream().map(chosen -> some(chosen, rowGroups, every)).toList();
  }

  private static Part some(DataFile file, int begin, int end) {
    List<RowGroupIndex> groups = file.index().rowGroups();
    return new Part(file, end - begin == groups.size() ? null : ranges(groups.subList(begin, end)));
  }

  private static int rowGroups(DataFile file) {
    return file.index().rowGroups().size();
  }

  private record Candidate(DataFile file, List<RowGroupIndex> left) {
    int skipped() {
      return rowGroups(file) - left.size();
    }

    List<Range> ranges() {
      return FileSelection.ranges(left);
    }
  }

  /** The row positions of row groups, which are in order. */
  static List<Range> ranges(List<RowGroupIndex> groups) {
    List<Range> ranges = new ArrayList<>();
    for (RowGroupIndex group : groups) {
      long last = group.firstRow() + group.rows() - 1;
      int end = ranges.size() - 1;
      if (end >= 0 && ranges.get(end).last() + 1 == group.firstRow()) {
        ranges.set(end, new Range(ranges.get(end).first(), last));
      } else {
        ranges.add(new Range(group.firstRow(), last));
      }
    }
    return ranges;
  }
}
