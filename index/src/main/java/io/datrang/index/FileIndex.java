package io.datrang.index;

import java.util.List;

/** What is known about one file: its row groups in order. Immutable. */
public record FileIndex(List<RowGroupIndex> rowGroups) {
  public FileIndex {
    rowGroups = List.copyOf(rowGroups);
  }
}
