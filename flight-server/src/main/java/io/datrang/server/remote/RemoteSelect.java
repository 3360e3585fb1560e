package io.datrang.server.remote;

import io.datrang.server.request.Select;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * A grouped query in two parts.
 *
 * @param statement the cluster's, which computes keys and aggregates
 * @param groups what its columns are, each as a text: {@link RemoteGroups} reads them
 * @param rest what is computed of the groups here; its one relation is that table
 * @param columns of each table that the cluster reads
 */
public record RemoteSelect(
    Statement statement, TableSchema groups, Select rest, Map<TableSchema, Set<String>> columns) {

  /** The cluster's statement without the states of the tables. */
  interface Statement {
    String sql(ToLongFunction<TableSchema> snapshotIds);
  }

  /**
   * The cluster's statement.
   *
   * @param snapshotIds Iceberg's ids of the tables' states
   */
  public String sql(ToLongFunction<TableSchema> snapshotIds) {
    return statement.sql(snapshotIds);
  }

  /** What the groups' columns are called, in order. */
  List<String> names() {
    return groups.columns().stream().map(column -> column.name()).toList();
  }
}
