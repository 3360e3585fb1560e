package io.datrang.storage;

import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The newest state of one table: files, and the generations of its delta. Mutable; guarded by
 * storage's write lock. Readers get {@link TableView}s of it.
 */
final class MirrorTable {
  private TableSchema schema;

  /** What the next changes are of, when that is not published yet; null otherwise. */
  private TableSchema stagedSchema;

  /** Version the catalog has files of. */
  private int storedVersion;

  private final List<DeltaGeneration> published = new ArrayList<>();
  private final List<DeltaGeneration> staged = new ArrayList<>();
  private List<DataFile> files;

  /** Keys of files that a compaction is writing anew. */
  private Set<Long> claimed = Set.of();

  private long floor;
  private boolean backfilling;
  private Lsn readableFrom;
  private FreezePoint frozen;

  /** Where it ended although its copy was not complete, or null. */
  private FreezePoint overtaken;

  private String error;
  private boolean endIsStored = true;

  /**
   * What is wrong with the files of a table that nobody can copy anew, or null: it is not read, and
   * keeps taking changes, which are nowhere else.
   */
  private String damage;

  private boolean damageIsStored = true;
  private boolean lastIsClosed;

  /** What readers see until the backfill is complete, or null. */
  private final MirrorTable predecessor;

  private TableView view;

  private MirrorTable(
      TableSchema schema,
      List<DataFile> files,
      boolean backfilling,
      Lsn readableFrom,
      MirrorTable predecessor) {
    this.schema = schema;
    this.storedVersion = schema.version();
    this.files = List.copyOf(files);
    this.backfilling = backfilling;
    this.readableFrom = readableFrom;
    this.predecessor = predecessor;
  }

  static MirrorTable streaming(TableSchema schema, List<DataFile> files, Lsn readableFrom) {
    return new MirrorTable(schema, files, false, readableFrom, null);
  }

  /** A table that had ended before storage started, and whose files are as of there. */
  static MirrorTable frozen(TableSchema schema, List<DataFile> files, Lsn at, String error) {
    MirrorTable table = new MirrorTable(schema, files, false, Lsn.ZERO, null);
    table.frozen = new FreezePoint(at, 0);
    table.error = error;
    return table;
  }

  /**
   * A native table whose files are, or were when the last sidecar ended, damaged.
   *
   * @param damage null when they have become what they were
   */
  static MirrorTable damagedNative(
      TableSchema schema, List<DataFile> files, Lsn readableFrom, String damage) {
    MirrorTable table = streaming(schema, files, readableFrom);
    table.damage = damage;
    table.damageIsStored = false;
    return table;
  }

  /** A table that was stopped before it could be read. */
  static MirrorTable unreadable(TableSchema schema, String error) {
    MirrorTable table = new MirrorTable(schema, List.of(), true, Lsn.ZERO, null);
    table.error = error;
    return table;
  }

  /**
   * A table whose files are damaged: nobody reads it until it is copied anew.
   *
   * @param at the position the files are of
   */
  static MirrorTable damaged(TableSchema schema, Lsn at, String error) {
    MirrorTable table = unreadable(schema, error);
    table.frozen = new FreezePoint(at, 0);
    table.endIsStored = false;
    return table;
  }

  /**
   * A table that is being copied.
   *
   * @param predecessor the same table as it was, frozen and with all of its delta in files, or null
   * @param sequence of the last batch
   */
  static MirrorTable backfilling(TableSchema schema, MirrorTable predecessor, long sequence) {
    MirrorTable table = new MirrorTable(schema, List.of(), true, Lsn.ZERO, predecessor);
    table.floor = sequence;
    return table;
  }

  /** What readers see. */
  TableSchema schema() {
    return schema;
  }

  /** What the next changes are of. */
  TableSchema workingSchema() {
    return stagedSchema == null ? schema : stagedSchema;
  }

  /** The next changes are of this form; readers see it when they see those. */
  void alter(TableSchema next) {
    stagedSchema = next;
  }

  /** Whether the catalog does not know the newest schema yet. */
  boolean hasUnstoredSchema() {
    return schema.version() != storedVersion;
  }

  int storedVersion() {
    return storedVersion;
  }

  void schemaIsStored(int version) {
    storedVersion = version;
  }

  long id() {
    return schema.tableId();
  }

  List<DataFile> files() {
    return files;
  }

  Set<Long> claimed() {
    return claimed;
  }

  void claim(Set<Long> keys) {
    claimed = keys;
  }

  long floor() {
    return floor;
  }

  MirrorTable predecessor() {
    return predecessor;
  }

  /** Files the backfill is to replace. */
  List<DataFile> replacedFiles() {
    return backfilling && predecessor != null ? predecessor.files : List.of();
  }

  String error() {
    return error;
  }

  FreezePoint frozen() {
    return frozen;
  }

  /** Whether the table takes changes. */
  boolean takesChanges() {
    return error == null && frozen == null && overtaken == null;
  }

  /** Whether the table takes changes and can be read. */
  boolean isLive() {
    return isFollowed() && damage == null;
  }

  /** Whether the table takes changes and its copy is complete. */
  boolean isFollowed() {
    return takesChanges() && !backfilling;
  }

  /** Its files are damaged, or, with null, not any more. */
  void damage(String because) {
    view = null;
    damageIsStored = damageIsStored && Objects.equals(damage, because);
    damage = because;
  }

  String damage() {
    return damage;
  }

  /**
   * Makes sure that what was deleted can be found in the files.
   *
   * @throws HeldChangesException when it cannot
   */
  void checkDeletes() {
    if (damage != null
        && published.stream().noneMatch(DeltaGeneration::truncates)
        && published.stream().anyMatch(each -> each.view().keys() > 0)) {
      throw new HeldChangesException(schema.tableName(), damage);
    }
  }

  /** Whether the catalog does not know whether its files are damaged. */
  boolean hasUnstoredDamage() {
    return !damageIsStored;
  }

  /** The catalog knows; not if it has changed by now. */
  void damageIsStored(String because) {
    damageIsStored = Objects.equals(damage, because);
  }

  /** Whether readers see, or saw until it ended, what the source holds. */
  boolean isReadable() {
    return !backfilling;
  }

  /** Whether the catalog does not know yet that the table has ended, or why. */
  boolean hasUnstoredEnd() {
    return !endIsStored;
  }

  /**
   * Ends the table here, unless it has ended already; staged changes are given up.
   *
   * @param because an error to show, or null when the table is to be copied anew
   * @return the generations that are of no use any more
   */
  List<DeltaGeneration> end(FreezePoint here, String because) {
    view = null;
    if (backfilling) {
      overtaken = overtaken == null ? here : overtaken;
    } else if (frozen == null) {
      frozen = here;
    }
    error = because;
    endIsStored = false;
    List<DeltaGeneration> useless = List.copyOf(staged);
    forgetStaged();
    return useless;
  }

  /** The catalog has the end; not if there is another reason by now. */
  void endIsStored(String because) {
    endIsStored = Objects.equals(error, because);
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
    boolean isStaged = staging || !staged.isEmpty();
    List<DeltaGeneration> candidates = isStaged ? staged : published;
    if (candidates.isEmpty() || !isStaged && lastIsClosed) {
      return null;
    }
    DeltaGeneration last = candidates.get(candidates.size() - 1);
    return last.schema().version() == workingSchema().version() ? last : null;
  }

  /** The generation that takes the next changes, if all there are are published and of its form. */
  DeltaGeneration alike() {
    DeltaGeneration open = staged.isEmpty() ? open(false) : null;
    return open != null
            && published.stream().allMatch(g -> g.schema().version() == open.schema().version())
        ? open
        : null;
  }

  void add(DeltaGeneration generation, boolean staging) {
    view = null;
    if (staging || !staged.isEmpty()) {
      staged.add(generation);
    } else {
      published.add(generation);
      lastIsClosed = false;
    }
  }

  /** Makes staged generations, and a staged schema, part of what readers see. */
  void publishStaged() {
    if (stagedSchema != null) {
      view = null;
      schema = stagedSchema;
      stagedSchema = null;
    }
    if (!staged.isEmpty()) {
      view = null;
      published.addAll(staged);
      staged.clear();
      lastIsClosed = false;
    }
  }

  void forgetStaged() {
    staged.clear();
    stagedSchema = null;
  }

  /** Counts rows that were put into one of its generations. */
  void count(DeltaGeneration generation, long inserted, long deleted, long bytes) {
    view = null;
    generation.count(inserted, deleted, bytes);
  }

  /** Ends the current generation; the next change starts another. */
  List<DeltaGeneration> closeGeneration() {
    lastIsClosed = true;
    return List.copyOf(published);
  }

  /** Takes over what a flush made of the frozen generations. */
  void flushed(List<DeltaGeneration> frozen, List<DataFile> newFiles, long newFloor) {
    view = null;
    published.removeAll(frozen);
    if (damage != null && !haveOneOf(newFiles, files)) {
      damage(null); // it was truncated
    }
    files = List.copyOf(newFiles);
    floor = newFloor;
  }

  /** Puts another in the place of one of its files. */
  void replace(DataFile file, DataFile other) {
    view = null;
    files = files.stream().map(each -> each.key() == file.key() ? other : each).toList();
  }

  private static boolean haveOneOf(List<DataFile> files, List<DataFile> others) {
    Set<Long> keys = others.stream().map(DataFile::key).collect(Collectors.toSet());
    return files.stream().anyMatch(file -> keys.contains(file.key()));
  }

  void files(List<DataFile> newFiles) {
    view = null;
    files = List.copyOf(newFiles);
  }

  void backfilled(Lsn snapshotLsn) {
    view = null;
    backfilling = false;
    readableFrom = snapshotLsn;
    if (overtaken != null) { // while its files were being committed
      frozen = overtaken;
      endIsStored = false;
    }
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

  long deltaBytes() {
    return published.stream().mapToLong(DeltaGeneration::bytes).sum();
  }

  TableStatus status() {
    return new TableStatus(
        view().rows(),
        files.size(),
        files.stream().mapToLong(DataFile::bytes).sum(),
        deltaRows(),
        error == null ? damage : error,
        null,
        visiblyFrozenAt());
  }

  private Lsn visiblyFrozenAt() {
    FreezePoint point = view().frozen();
    return point == null ? null : point.lsn();
  }

  /** What readers of the published state see. */
  TableView view() {
    if (backfilling && predecessor != null) {
      return predecessor.view().as(schema);
    }
    if (view == null) {
      String because = error == null ? "its first copy is not complete" : error;
      view =
          backfilling
              ? view(schema, List.of(), List.of(), because)
              : view(schema, published, damage);
    }
    return view;
  }

  /** What the writer sees: staged changes and unfinished backfills included. */
  TableView workingView() {
    return view(workingSchema(), generations(), null);
  }

  private TableView view(TableSchema schema, List<DeltaGeneration> generations, String unreadable) {
    List<DeltaGeneration> visible = sinceTruncate(generations);
    boolean truncated = !visible.isEmpty() && visible.get(0).truncates();
    return view(schema, visible, truncated ? List.of() : files, unreadable);
  }

  private TableView view(
      TableSchema schema,
      List<DeltaGeneration> visible,
      List<DataFile> visibleFiles,
      String unreadable) {
    long rows = visibleFiles.stream().mapToLong(DataFile::liveRows).sum();
    rows += visible.stream().mapToLong(DeltaGeneration::net).sum();
    return new TableView(
        schema,
        visibleFiles,
        floor,
        visible.stream().map(DeltaGeneration::view).toList(),
        Math.max(0, rows),
        readableFrom,
        unreadable,
        frozen);
  }
}
