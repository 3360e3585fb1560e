package io.datrang.index;

import java.util.List;

/** What is known about one file: its row groups in order. Immutable. */
public record FileIndex(List<RowGroupIndex> rowGroups) {
  public FileIndex {
    rowGroups = List.copyOf(rowGroups);
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
