package io.datrang.index;

import java.util.List;

/** What is known about one file: its row groups in order. Immutable. */
public record FileIndex(List<RowGroupIndex> rowGroups) {
  public FileIndex {
    rowGroups = List.copyOf(rowGroups);
  }

  /** What its text filters take in memory; all else is small. */
  public long textBytes() {
    return rowGroups.stream().mapToLong(RowGroupIndex::textBytes).sum();
  }

  /** The same without text filters: no row group is skipped for its texts. */
  public FileIndex withoutTexts() {
    return textBytes() == 0
        ? this
        : new FileIndex(rowGroups.stream().map(RowGroupIndex::withoutTexts).toList());
  }

  /** The same with estimates that are known of these row groups and are not in the file. */
  public FileIndex withEstimatesOf(FileIndex known) {
    if (known.rowGroups.size() != rowGroups.size()) {
      return this;
    }
    return new FileIndex(
        rowGroups.stream().map(g -> g.withEstimatesOf(known.rowGroups.get(g.ordinal()))).toList());
  }
}
