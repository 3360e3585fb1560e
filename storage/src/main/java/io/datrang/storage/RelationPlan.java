package io.datrang.storage;

import io.datrang.types.Column;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The plan of a scan: which files are left, and the SQL that reads them. */
final class RelationPlan implements ScanPlan {
  private final PinnedSnapshot snapshot;
  private final TableView view;
  private final FileSelection selection;
  private int filesCached;

  RelationPlan(PinnedSnapshot snapshot, TableView view, FileSelection selection) {
    this.snapshot = snapshot;
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
  public int filesCached() {
    return filesCached;
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
    String expressions = expressions(columns);
    RelationSql sql = new RelationSql(view, snapshot.sequence());
    List<DataFile> files = selection.files().stream().map(FileSelection.Part::file).toList();
    CachedFiles cached =
        snapshot.cached(view.schema().tableId(), sql.columnsOfFiles(columns), files);
    List<DataFile> read =
        cached == null ? files : files.stream().filter(f -> !cached.has(f)).toList();
    filesCached = files.size() - read.size();
    snapshot.fetch(read);
    snapshot.writeLate(view);
    return "("
        + (cached == null ? sql.plain(columns, selection) : Optional.<String>empty())
            .orElseGet(() -> sql.query(expressions, columns, selection, cached))
        + ")";
  }

  @Override
  public String relation(List<String> names, LimitedEngine engine) {
    List<Column> columns = names.stream().map(this::column).toList();
    List<DataFile> files = selection.files().stream().map(FileSelection.Part::file).toList();
    snapshot.writeLate(view);
    for (DeltaGeneration.View part : view.parts()) {
      if (part.rows() > 0) {
        engine.copy(part.rowsTable(), "");
      }
      if (part.keys() > 0) {
        engine.copy(part.keysTable(), "");
      }
    }
    List<DataFile> dirty = files.stream().filter(file -> file.vector() != null).toList();
    if (!dirty.isEmpty()) {
      engine.copy("p" + view.schema().tableId(), " WHERE " + CachedFiles.ofFiles("file", dirty));
    }
    snapshot.fetch(files);
    RelationSql sql = new RelationSql(view, snapshot.sequence());
    return "("
        + sql.plain(columns, selection)
            .orElseGet(() -> sql.query(expressions(columns), columns, selection))
        + ")";
  }

  private static String expressions(List<Column> columns) {
    return columns.isEmpty()
        ? "NULL AS nothing"
        : columns.stream()
            .map(c -> DeltaGeneration.column(c) + " AS " + Sql.name(c.name()))
            .collect(Collectors.joining(", "));
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
