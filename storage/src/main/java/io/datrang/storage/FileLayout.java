package io.datrang.storage;

import io.datrang.storage.parquet.FileForm;
import io.datrang.types.Column;
import java.util.List;

/**
 * How a table's files are written now.
 *
 * @param sortBy what rows are sorted by
 */
record FileLayout(List<Column> sortBy, FileForm form) {
  FileLayout {
    sortBy = List.copyOf(sortBy);
  }

  /** Field ids of what rows are sorted by. */
  List<Integer> sortedBy() {
    return sortBy.stream().map(Column::fieldId).toList();
  }
}
