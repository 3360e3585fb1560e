package io.datrang.types;

import java.util.List;
import java.util.Optional;

/**
 * What a table looks like from one LSN on.
 *
 * @param tableId {@code datrang.tables.table_id}
 * @param schemaName schema of the columnar table (the foreign table)
 * @param tableName name of the columnar table
 * @param columns in the source's attribute order, dropped columns left out
 * @param key field ids of the replica identity's columns in index order; never empty
 * @param version {@code datrang.tables.version}: grows whenever anything of the above changes
 */
public record TableSchema(
    long tableId,
    String schemaName,
    String tableName,
    List<Column> columns,
    List<Integer> key,
    int version) {
  public TableSchema {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("table " + tableName + " has no key");
    }
    for (int id : key) {
      if (columns.stream().noneMatch(c -> c.fieldId() == id)) {
        throw new IllegalArgumentException("key column " + id + " of " + tableName + " is missing");
      }
    }
  }

  /** The first version of a table. */
  public TableSchema(
      long tableId, String schemaName, String tableName, List<Column> columns, List<Integer> key) {
    this(tableId, schemaName, tableName, columns, key, 1);
  }

  public Optional<Column> column(int fieldId) {
    return columns.stream().filter(c -> c.fieldId() == fieldId).findFirst();
  }

  public Optional<Column> column(String name) {
    return columns.stream().filter(c -> c.name().equals(name)).findFirst();
  }

  /** The key's columns, in index order. */
  public List<Column> keyColumns() {
    return key.stream()
        .map(id -> columns.stream().filter(c -> c.fieldId() == id).findFirst().orElseThrow())
        .toList();
  }
}
