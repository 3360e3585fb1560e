package io.datrang.server.access;

import java.util.List;

/**
 * A partitioned table of PostgreSQL and what a role may read of it.
 *
 * @param title its name, with its schema
 * @param refusal why the role may read nothing, or null
 * @param columns those the role may read, in the table's order
 * @param partitions those that hold rows; none when refused
 */
public record PartitionedTable(
    String title, String refusal, List<String> columns, List<Partition> partitions) {
  /**
   * A partition.
   *
   * @param tableId of its columnar table, or null when it has none
   */
  public record Partition(String name, Long tableId) {}

  public PartitionedTable {
    columns = List.copyOf(columns);
    partitions = List.copyOf(partitions);
  }
}
