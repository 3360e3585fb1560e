package io.datrang.storage;

import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest state of one table: files, and the generations of its delta. Mutable; guarded by
 * storage's write lock. Readers get {@link TableView}s of it.
 */
final class MirrorTable {
  private final TableSchema schema;
  private final List<DeltaGeneration> published = new ArrayList<>();
  private final List<DeltaGeneration> staged = new ArrayList<>();
  private List<DataFile> files;
  private long floor;
  private boolean backfilling;
  private Lsn readableFrom;
  private String error;
  private boolean errorStored;
  private boolean lastIsFrozen;
  private TableView view;

  private MirrorTable(
      TableSchema schema, List<DataFile> files, boolean backfilling, Lsn readableFrom) {
    this.schema = schema;
    this.files = List.copyOf(files);
    this.backfilling = backfilling;
    this.readableFrom = readableFrom;
  }

  static MirrorTable streaming(TableSchema schema, List<DataFile> files, Lsn readableFrom) {
    return new MirrorTable(schema, files, false, readableFrom);
  }

  static MirrorTable backfilling(TableSchema schema) {
    return new MirrorTable(schema, List.of(), true, Lsn.ZERO);
  }

  TableSchema schema() {
    return schema;
  }

  long id() {
    return schema.tableId();
  }

  List<DataFile> files() {
    return files;
  }

  long floor() {
    return floor;
  }

  boolean isBackfilling() {
    return backfilling;
  }

  boolean isFailed() {
    return error != null;
  }

  String error() {
    return error;
  }

  /** Whether the table takes changes and is flushed like any other. */
  boolean isLive() {
    return error == null && !backfilling;
  }

  /** Whether a failure is not in the catalog yet. */
  boolean hasUnstoredError() {
    return error != null && !errorStored;
  }

  void fail(String message) {
    view = null;
    error = message;
    errorStored = false;
  }

  void errorIsStored() {
    errorStored = true;
  }

  /** All generations, staged ones last; for dropping them. */
  List<DeltaGeneration> generations() {
    List<DeltaGeneration> all = new ArrayList<>(published);
    all.addAll(staged);
    return all;
  }

  /** Generations of committed changes, oldest first. */
  List<DeltaGeneration> published() {
    return List.copyOf(published);
  }

  List<DeltaGeneration> staged() {
    return List.copyOf(staged);
  }

  /**
   * The generation that takes the next changes, or null when a new one has to be made: after a
   * flush has begun, and where staging begins.
   */
  DeltaGeneration open(boolean staging) {
    if (staging || !staged.isEmpty()) {
      return staged.isEmpty() ? null : staged.get(staged.size() - 1);
    }
    return published.isEmpty() || lastIsFrozen ? null : published.get(published.size() - 1);
  }

  void add(DeltaGeneration generation, boolean staging) {
    view = null;
    if (staging || !staged.isEmpty()) {
      staged.add(generation);
    } else {
      published.add(generation);
      lastIsFrozen = false;
    }
  }

  /** Makes staged generations part of what readers see. */
  void publishStaged() {
    if (!staged.isEmpty()) {
      view = null;
      published.addAll(staged);
      staged.clear();
      lastIsFrozen = false;
    }
  }

  void forgetStaged() {
    staged.clear();
  }

  /** Counts rows that were put into one of its generations. */
  void count(DeltaGeneration generation, long inserted, long deleted) {
    view = null;
    generation.count(inserted, deleted);
  }

  /** Ends the current generation; the next change starts another. */
  List<DeltaGeneration> freeze() {
    lastIsFrozen = true;
    return List.copyOf(published);
  }

  /** Takes over what a flush made of the frozen generations. */
  void flushed(List<DeltaGeneration> frozen, List<DataFile> newFiles, long newFloor) {
    view = null;
    published.removeAll(frozen);
    files = List.copyOf(newFiles);
    floor = newFloor;
  }

  void files(List<DataFile> newFiles) {
    view = null;
    files = List.copyOf(newFiles);
  }

  void backfilled(Lsn snapshotLsn) {
    view = null;
    backfilling = false;
    readableFrom = snapshotLsn;
  }

  /** From the last generation that truncates on; what is before has no rows. */
  static List<DeltaGeneration> sinceTruncate(List<DeltaGeneration> generations) {
    for (int i = generations.size() - 1; i > 0; i--) {
      if (generations.get(i).truncates()) {
        return generations.subList(i, generations.size());
      }
    }
    return generations;
  }

  long deltaRows() {
    return published.stream().mapToLong(g -> g.view().rows() + g.view().keys()).sum();
  }

  TableStatus status() {
    return new TableStatus(
        view().rows(),
        files.size(),
        files.stream().mapToLong(DataFile::bytes).sum(),
        deltaRows(),
        error);
  }

  /** What readers of the published state see. */
  TableView view() {
    if (view == null) {
      String unreadable = error;
      if (unreadable == null && backfilling) {
        unreadable = "its first copy is not complete";
      }
      view = unreadable == null ? view(published, null) : view(List.of(), List.of(), unreadable);
    }
    return view;
  }

  /** What the writer sees: staged changes and unfinished backfills included. */
  TableView workingView() {
    return view(generations(), null);
  }

  private TableView view(List<DeltaGeneration> generations, String unreadable) {
    List<DeltaGeneration> visible = sinceTruncate(generations);
    boolean truncated = !visible.isEmpty() && visible.get(0).truncates();
    return view(visible, truncated ? List.of() : files, unreadable);
  }

  private TableView view(
      List<DeltaGeneration> visible, List<DataFile> visibleFiles, String unreadable) {
    long rows = visibleFiles.stream().mapToLong(DataFile::liveRows).sum();
    rows += visible.stream().mapToLong(DeltaGeneration::net).sum();
    return new TableView(
        schema,
        visibleFiles,
        floor,
        visible.stream().map(DeltaGeneration::view).toList(),
        Math.max(0, rows),
        readableFrom,
        unreadable);
  }
}
