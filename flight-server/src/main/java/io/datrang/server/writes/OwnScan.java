package io.datrang.server.writes;

import io.datrang.replication.writes.StagedChunk;
import io.datrang.storage.ScanPlan;
import io.datrang.storage.TypeMapping;
import io.datrang.types.RowId;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** Rows of a snapshot and of a transaction's own chunks, minus those its chunks delete. */
final class OwnScan implements ScanPlan {
  private final TableSchema schema;
  private final ScanPlan committed;
  private final List<StagedChunk> chunks;

  /**
   * @param committed null when none of its rows are seen
   */
  OwnScan(TableSchema schema, ScanPlan committed, List<StagedChunk> chunks) {
    this.schema = schema;
    this.committed = committed;
    this.chunks = chunks;
  }

  @Override
  public int files() {
    return (int) number(ScanPlan::files);
  }

  @Override
  public int filesTotal() {
    return (int) number(ScanPlan::filesTotal);
  }

  @Override
  public int rowGroups() {
    return (int) number(ScanPlan::rowGroups);
  }

  @Override
  public int rowGroupsTotal() {
    return (int) number(ScanPlan::rowGroupsTotal);
  }

  @Override
  public long deltaRows() {
    return number(ScanPlan::deltaRows) + ownRows();
  }

  @Override
  public double estimatedRows() {
    return estimate(ScanPlan::estimatedRows) + ownRows();
  }

  @Override
  public double rowsBound() {
    return estimate(ScanPlan::rowsBound) + ownRows();
  }

  private long ownRows() {
    return chunks.stream().mapToLong(StagedChunk::rows).sum();
  }

  private long number(ToLongFunction<ScanPlan> figure) {
    return committed == null ? 0 : figure.applyAsLong(committed);
  }

  private double estimate(ToDoubleFunction<ScanPlan> figure) {
    return committed == null ? 0 : figure.applyAsDouble(committed);
  }

  @Override
  public String relation(List<String> columns) {
    String deleted =
        chunks.stream()
            .map(StagedChunk::selectDeletes)
            .filter(Objects::nonNull)
            .collect(Collectors.joining(" UNION ALL "));
    List<String> parts = new ArrayList<>();
    if (committed != null) {
      parts.add(select(columns, committed.relation(with(columns, !deleted.isEmpty())), deleted));
    }
    for (StagedChunk chunk : chunks) {
      String rows = chunk.select();
      if (rows != null) {
        parts.add(select(columns, "(" + rows + ")", deleted));
      }
    }
    if (parts.isEmpty()) {
      return nothing(columns);
    }
    return "(" + String.join(" UNION ALL ", parts) + ")";
  }

  /** No rows of the columns' types. */
  private String nothing(List<String> columns) {
    String typed =
        columns.stream()
            .map(
                c ->
                    "NULL::"
                        + TypeMapping.engine(schema.column(c).orElseThrow().type())
                        + " AS "
                        + quoted(c))
            .collect(Collectors.joining(", "));
    return "(SELECT " + (typed.isEmpty() ? "NULL AS nothing" : typed) + " WHERE false)";
  }

  private static List<String> with(List<String> columns, boolean rowId) {
    if (!rowId || columns.contains(RowId.COLUMN)) {
      return columns;
    }
    List<String> all = new ArrayList<>(columns);
    all.add(RowId.COLUMN);
    return all;
  }

  private static String select(List<String> columns, String relation, String deleted) {
    return "SELECT "
        + names(columns)
        + " FROM "
        + relation
        + " AS own"
        + (deleted.isEmpty() ? "" : " WHERE " + RowId.COLUMN + " NOT IN (" + deleted + ")");
  }

  private static String names(List<String> columns) {
    return columns.isEmpty()
        ? "NULL AS nothing"
        : columns.stream().map(OwnScan::quoted).collect(Collectors.joining(", "));
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
