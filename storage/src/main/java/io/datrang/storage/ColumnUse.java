package io.datrang.storage;

import io.datrang.types.Column;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How often a table's columns and files were read lately. Guarded by {@link HotCache}. */
final class ColumnUse {
  /** Reads that make a column, or a file, worth keeping. */
  static final int HOT = 2;

  private final Map<Column, Integer> columns = new HashMap<>();
  private final Map<Long, Integer> files = new HashMap<>();

  void count(Collection<Column> read, List<DataFile> from) {
    read.forEach(column -> columns.merge(column, 1, Integer::sum));
    from.forEach(file -> files.merge(file.key(), 1, Integer::sum));
  }

  /** Columns worth keeping, as the table has them now. */
  Set<Column> hotColumns(TableView view) {
    Set<Column> hot = new HashSet<>();
    for (Column column : view.schema().columns()) {
      if (columns.getOrDefault(column, 0) >= HOT) {
        hot.add(column);
      }
    }
    return hot;
  }

  /** Files of the view worth keeping, those read most first. */
  List<DataFile> hotFiles(TableView view) {
    return view.files().stream()
        .filter(f -> f.rows() > 0 && uses(f) >= HOT)
        .sorted((a, b) -> Integer.compare(uses(b), uses(a)))
        .toList();
  }

  private int uses(DataFile file) {
    return files.getOrDefault(file.key(), 0);
  }

  /** Forgets half; true when nothing is left. */
  boolean fade() {
    columns.replaceAll((column, uses) -> uses / 2);
    files.replaceAll((file, uses) -> uses / 2);
    columns.values().removeIf(uses -> uses == 0);
    files.values().removeIf(uses -> uses == 0);
    return columns.isEmpty();
  }
}
