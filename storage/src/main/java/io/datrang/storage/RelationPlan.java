package io.datrang.storage;

import io.datrang.types.Column;
import java.util.List;
import java.util.stream.Collectors;

/** The plan of a scan: which files are left, and the SQL that reads them. */
final class RelationPlan implements ScanPlan {
  private final long sequence;
  private final TableView view;
  private final FileSelection selection;

  RelationPlan(long sequence, TableView view, FileSelection selection) {
    this.sequence = sequence;
    this.view = view;
    this.selection = selection;
  }

  @Override
  public int files() {
    return selection.files().size();
  }

  @Override
  public int filesTotal() {
    return selection.filesTotal();
  }

  @Override
  public int rowGroups() {
    return selection.rowGroups();
  }

  @Override
  public int rowGroupsTotal() {
    return selection.rowGroupsTotal();
  }

  @Override
  public long deltaRows() {
    return view.deltaRows();
  }

  @Override
  public double estimatedRows() {
    double part =
        selection.rows() == 0 ? selection.part() : selection.matchingRows() / selection.rows();
    return selection.matchingRows() + Math.max(0, view.rows() - selection.rows()) * part;
  }

  @Override
  public double rowsBound() {
    return selection.rowsLeft() + Math.max(0, view.rows() - selection.rows());
  }

  @Override
  public String relation(List<String> names) {
    List<Column> columns = names.stream().map(this::column).toList();
    String expressions =
        columns.isEmpty()
            ? "NULL AS nothing"
            : columns.stream()
                .map(c -> DeltaGeneration.column(c) + " AS " + Sql.name(c.name()))
                .collect(Collectors.joining(", "));
    return "(" + new RelationSql(view, sequence).query(expressions, columns, selection) + ")";
  }

  private Column column(String name) {
    return view.schema()
        .column(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "table " + view.schema().tableName() + " has no column " + name));
  }
}
