package io.datrang.server.flightsql;

import io.datrang.server.access.PartitionedTable;
import io.datrang.storage.TableSnapshot;
import java.util.List;
import java.util.Map;

/**
 * What a name in a statement stands for.
 *
 * @param schema empty where the statement names none for a partitioned table
 * @param parent the partitioned table, or null for a columnar table
 * @param parts the columnar table, or those of the partitions
 */
record NamedTable(String schema, String table, PartitionedTable parent, List<TableSnapshot> parts) {
  static NamedTable of(TableSnapshot columnar) {
    return new NamedTable(
        columnar.schema().schemaName(), columnar.schema().tableName(), null, List.of(columnar));
  }

  /** The tables of the snapshot a statement reads under these names. */
  static List<TableSnapshot> parts(Map<NamedTable, String> views) {
    return views.keySet().stream().flatMap(t -> t.parts().stream()).distinct().toList();
  }
}
