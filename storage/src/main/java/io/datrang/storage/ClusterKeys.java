package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What tables' rows are sorted by in files: the columns chosen with {@code datrang.cluster_by},
 * then the key. Any thread.
 */
final class ClusterKeys {
  private volatile Map<Long, List<Integer>> chosen = Map.of();

  /** Takes over what is chosen now, as field ids by table. */
  void choose(Map<Long, List<Integer>> fields) {
    chosen = Map.copyOf(fields);
  }

  List<Column> of(TableSchema schema) {
    List<Column> columns = new ArrayList<>();
    for (int field : chosen.getOrDefault(schema.tableId(), List.of())) {
      Optional<Column> column = schema.column(field);
      column.ifPresent(columns::add);
    }
    for (Column key : schema.keyColumns()) {
      if (!columns.contains(key)) {
        columns.add(key);
      }
    }
    return columns;
  }

  List<Integer> fields(TableSchema schema) {
    return of(schema).stream().map(Column::fieldId).toList();
  }
}
