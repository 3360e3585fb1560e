package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;

/** One table of a pinned snapshot. */
final class PinnedTable implements TableSnapshot {
  private final PinnedSnapshot snapshot;
  private final TableView view;

  PinnedTable(PinnedSnapshot snapshot, TableView view) {
    this.snapshot = snapshot;
    this.view = view;
  }

  @Override
  public TableSchema schema() {
    return view.schema();
  }

  @Override
  public String unreadableBecause() {
    if (view.unreadable() != null) {
      return view.unreadable();
    }
    if (!snapshot.lsn().isAtLeast(view.readableFrom())) {
      return "its first copy is of "
          + view.readableFrom()
          + " and changes have been followed only up to "
          + snapshot.lsn()
          + " so far";
    }
    return null;
  }

  @Override
  public Optional<Lsn> frozenAt() {
    return Optional.ofNullable(view.frozen()).map(FreezePoint::lsn);
  }

  @Override
  public long rowCount() {
    return view.rows();
  }

  @Override
  public FileFacts facts(
      Collection<FileFacts.Question> questions, Predicate matching, Predicate others) {
    return new FactFinding(snapshot, view, questions, matching, others).find();
  }

  @Override
  public Optional<FoundRows> find(
      List<Predicate.In> conditions, List<String> columns, BufferAllocator allocator) {
    return NarrowRead.rows(snapshot, view, conditions, named(columns), allocator);
  }

  @Override
  public Optional<FoundRows> findKept(
      List<Predicate.In> conditions, List<String> columns, BufferAllocator allocator) {
    return NarrowRead.kept(snapshot, view, conditions, named(columns), allocator);
  }

  private List<Column> named(List<String> columns) {
    return columns.stream().map(c -> view.schema().column(c).orElseThrow()).toList();
  }

  @Override
  public List<ScanPlan> divide(int scans) {
    List<ScanPlan> plans = new ArrayList<>();
    for (FileSelection some : FileSelection.all(view.files()).divide(scans)) {
      plans.add(new RelationPlan(snapshot, plans.isEmpty() ? view : view.filesAlone(), some));
    }
    return plans;
  }

  @Override
  public ScanPlan plan(Predicate predicate) {
    return new RelationPlan(
        snapshot, view, FileSelection.of(view.schema(), view.files(), predicate));
  }
}
