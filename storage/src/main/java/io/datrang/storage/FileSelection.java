package io.datrang.storage;

import io.datrang.index.Predicate;
import java.util.List;

/**
 * The files and row groups a scan has left after pruning.
 *
 * @param files those with at least one row group left
 * @param rowGroups number of row groups left
 * @param rowGroupsTotal number of row groups of all files
 * @param filesTotal number of files
 * @param estimatedRows live rows expected to match
 */
record FileSelection(
    List<DataFile> files, int rowGroups, int rowGroupsTotal, int filesTotal, double estimatedRows) {

  static FileSelection none() {
    return new FileSelection(List.of(), 0, 0, 0, 0);
  }

  static FileSelection all(List<DataFile> files) {
    return of(files, new Predicate.Any());
  }

  static FileSelection of(List<DataFile> files, Predicate predicate) {
    int rowGroups = files.stream().mapToInt(f -> f.index().rowGroups().size()).sum();
    double rows = files.stream().mapToDouble(DataFile::liveRows).sum();
    return new FileSelection(files, rowGroups, rowGroups, files.size(), rows);
  }
}
