package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.index.RowGroupIndex;
import io.datrang.index.RowGroupPruning;
import io.datrang.storage.parquet.FileParts;
import io.datrang.storage.parquet.NotKeptException;
import io.datrang.storage.parquet.PageCursor;
import io.datrang.storage.parquet.PageValue;
import io.datrang.storage.parquet.PagedFile;
import io.datrang.storage.parquet.RecentlyRead;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.deletes.PositionDeleteIndex;

/**
 * Reads the few rows whose columns have given values, page by page: row groups by their bounds, by
 * bloom filters and by page bounds, then only the pages with such rows. The engine would decode
 * whole row groups for them. Gives up where more than a few pages could have such rows, and where
 * the delta may have something to say about them: then the engine reads.
 *
 * <p>For one read, by one thread.
 */
final class NarrowRead {
  /** Pages of the first column that are searched at most. */
  private static final int PAGES_MAX = 8;

  /** Row groups whose bloom filters are asked at most. */
  private static final int ROW_GROUPS_MAX = 4096;

  private static final int KEYS_MAX = 64;

  /** Files whose bounds are looked through at most by who must be quick. */
  private static final int KEPT_FILES_MAX = 256;

  /** More rows than these are not few. */
  private static final int ROWS_MAX = 1000;

  /** Bytes of an answer at most that is sent by who must be quick. */
  private static final long KEPT_BYTES_MAX = 256 << 10;

  /** A row group that may have such rows. */
  private record Place(DataFile file, RowGroupIndex group) {}

  /** A page that may have such rows. */
  private record Candidate(Place place, PagedFile.Rows rows) {}

  private final PinnedSnapshot snapshot;
  private final FileParts recent;
  private final boolean waits;
  private final TableView view;
  private final TableSchema schema;
  private final List<Predicate.In> conditions;
  private final List<Column> columns;
  private final Map<Long, PagedFile> opened = new HashMap<>();
  private int rowGroups;
  private long bytes;

  private NarrowRead(
      PinnedSnapshot snapshot,
      FileParts recent,
      TableView view,
      List<Predicate.In> conditions,
      List<Column> columns) {
    this.snapshot = snapshot;
    this.recent = recent;
    this.waits = recent == snapshot.recentlyRead();
    this.view = view;
    this.schema = view.schema();
    this.conditions = conditions;
    this.columns = columns;
  }

  /**
   * Reads.
   *
   * @param conditions all of which hold for the rows; of values Long, bytes or UUID, by which their
   *     columns are equal
   * @param columns what is read of the rows
   * @return empty when the engine had better read
   */
  static Optional<FoundRows> rows(
      PinnedSnapshot snapshot,
      TableView view,
      List<Predicate.In> conditions,
      List<Column> columns,
      BufferAllocator allocator) {
    FileParts parts = snapshot.recentlyRead();
    return new NarrowRead(snapshot, parts, view, conditions, columns).rows(allocator);
  }

  /** The same of what is in memory: never waits, and is empty where it would have to. */
  static Optional<FoundRows> kept(
      PinnedSnapshot snapshot,
      TableView view,
      List<Predicate.In> conditions,
      List<Column> columns,
      BufferAllocator allocator) {
    if (view.files().size() > KEPT_FILES_MAX) {
      return Optional.empty();
    }
    FileParts parts = snapshot.recentlyRead().kept();
    try {
      return new NarrowRead(snapshot, parts, view, conditions, columns).rows(allocator);
    } catch (NotKeptException e) {
      return Optional.empty();
    }
  }

  private Optional<FoundRows> rows(BufferAllocator allocator) {
    if (!isPossible() || deltaInterferes() || !isIndexed()) {
      return Optional.empty();
    }
    try {
      return candidates().flatMap(pages -> read(pages, allocator));
    } finally {
      opened.values().forEach(PagedFile::close);
    }
  }

  private boolean isPossible() {
    return !conditions.isEmpty()
        && columns.stream().allMatch(c -> PageValue.isReadable(c.type()))
        && conditions.stream()
            .allMatch(
                c ->
                    schema
                        .column(c.fieldId())
                        .filter(column -> TouchedKeys.isHashed(column.type()))
                        .isPresent());
  }

  /** Files may have rows their index says nothing of: past ones, and those that lost theirs. */
  private boolean isIndexed() {
    return view.files().stream().allMatch(f -> f.rows() == 0 || !f.index().rowGroups().isEmpty());
  }

  /** Whether rows of the delta, or keys deleted in it, may be among those looked for. */
  private boolean deltaInterferes() {
    List<DeltaGeneration.View> parts =
        view.parts().stream().filter(part -> part.rows() + part.keys() > 0).toList();
    if (parts.isEmpty()) {
      return false;
    }
    Optional<List<List<Object>>> keys = keys();
    return keys.isEmpty()
        || parts.stream().anyMatch(part -> keys.get().stream().anyMatch(part.touched()::mayHave));
  }

  /** All keys that satisfy the conditions; empty when they do not name whole keys, or too many. */
  private Optional<List<List<Object>>> keys() {
    List<List<Object>> keys = List.of(List.of());
    for (int field : schema.key()) {
      Optional<Predicate.In> condition =
          conditions.stream().filter(c -> c.fieldId() == field).findFirst();
      if (condition.isEmpty() || keys.size() * condition.get().values().size() > KEYS_MAX) {
        return Optional.empty();
      }
      List<List<Object>> longer = new ArrayList<>();
      for (List<Object> key : keys) {
        for (Object value : condition.get().values()) {
          List<Object> all = new ArrayList<>(key);
          all.add(value);
          longer.add(all);
        }
      }
      keys = longer;
    }
    return Optional.of(keys);
  }

  /** The pages to search; empty when they are too many or cannot be read here. */
  private Optional<List<Candidate>> candidates() {
    List<Candidate> candidates = new ArrayList<>();
    List<Place> places = places();
    if (places.size() > ROW_GROUPS_MAX) {
      return Optional.empty();
    }
    for (Place place : places) {
      PagedFile paged = paged(place.file());
      for (Column column : read()) {
        if (!paged.has(place.group().ordinal(), column.fieldId())) {
          return Optional.empty();
        }
      }
      List<PagedFile.Rows> pages = pages(paged, place);
      pages.forEach(rows -> candidates.add(new Candidate(place, rows)));
      rowGroups += pages.isEmpty() ? 0 : 1;
      if (candidates.size() > PAGES_MAX) {
        return Optional.empty();
      }
    }
    return Optional.of(candidates);
  }

  private Set<Column> read() {
    Set<Column> read = new HashSet<>(columns);
    conditions.forEach(c -> read.add(schema.column(c.fieldId()).orElseThrow()));
    return read;
  }

  private List<Place> places() {
    RowGroupPruning pruning = new RowGroupPruning(schema);
    Predicate all = new Predicate.And(List.copyOf(conditions));
    List<Place> places = new ArrayList<>();
    for (DataFile file : view.files()) {
      for (RowGroupIndex group : file.index().rowGroups()) {
        if (pruning.mayMatch(all, group)) {
          places.add(new Place(file, group));
        }
      }
    }
    return places;
  }

  private PagedFile paged(DataFile file) {
    return opened.computeIfAbsent(file.key(), k -> open(file));
  }

  private PagedFile open(DataFile file) {
    if (waits) {
      snapshot.fetch(List.of(file));
    }
    return new PagedFile(recent, file.path());
  }

  /** Pages of the first condition's column, none if another condition rules the row group out. */
  private List<PagedFile.Rows> pages(PagedFile paged, Place place) {
    List<PagedFile.Rows> first = List.of();
    for (int i = conditions.size() - 1; i >= 0; i--) {
      first = paged.holding(place.group().ordinal(), conditions.get(i).fieldId(), sought(i));
      if (first.isEmpty()) {
        return first;
      }
    }
    return first;
  }

  /** A condition's values as files have them. */
  private List<Object> sought(int condition) {
    List<Object> sought = new ArrayList<>();
    for (Object value : conditions.get(condition).values()) {
      sought.add(value instanceof UUID uuid ? bytes(uuid) : value);
    }
    return sought;
  }

  private static byte[] bytes(UUID uuid) {
    return ByteBuffer.allocate(2 * Long.BYTES)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }

  private Optional<FoundRows> read(List<Candidate> candidates, BufferAllocator allocator) {
    VectorSchemaRoot rows =
        VectorSchemaRoot.create(
            new Schema(columns.stream().map(TypeMapping::field).toList()), allocator);
    try {
      rows.allocateNew();
      Set<Long> files = new HashSet<>();
      for (Candidate candidate : candidates) {
        PagedFile paged = paged(candidate.place().file());
        files.add(candidate.place().file().key());
        List<Long> matching = matching(paged, candidate);
        if (rows.getRowCount() + matching.size() > ROWS_MAX) {
          rows.close();
          return Optional.empty();
        }
        copy(paged, candidate.place(), matching, rows);
      }
      int pages = opened.values().stream().mapToInt(PagedFile::pagesRead).sum();
      int total = view.files().stream().mapToInt(f -> f.index().rowGroups().size()).sum();
      return Optional.of(
          new FoundRows(
              rows, files.size(), view.files().size(), rowGroups, total, view.deltaRows(), pages));
    } catch (IOException e) {
      rows.close();
      throw new StorageException("cannot read " + schema.tableName() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  /** Rows of the page for which all conditions hold, and that are not deleted. */
  private List<Long> matching(PagedFile paged, Candidate candidate) throws IOException {
    int rowGroup = candidate.place().group().ordinal();
    List<Long> matching =
        paged.matching(rowGroup, conditions.get(0).fieldId(), candidate.rows(), sought(0));
    for (int i = 1; i < conditions.size() && !matching.isEmpty(); i++) {
      int field = conditions.get(i).fieldId();
      List<Object> sought = sought(i);
      List<Long> left = new ArrayList<>();
      for (long row : matching) {
        PagedFile.Rows page = paged.having(rowGroup, field, row);
        if (paged.matching(rowGroup, field, page, sought).contains(row)) {
          left.add(row);
        }
      }
      matching = left;
    }
    DataFile file = candidate.place().file();
    if (matching.isEmpty() || file.vector() == null) {
      return matching;
    }
    PositionDeleteIndex deleted =
        recent.get(
            file.vector(),
            () -> new RecentlyRead.Part<>(snapshot.deleted(file), 8 * file.vector().bytes()));
    long first = candidate.place().group().firstRow();
    return matching.stream().filter(row -> !deleted.isDeleted(first + row)).toList();
  }

  private void copy(PagedFile paged, Place place, List<Long> found, VectorSchemaRoot to)
      throws IOException {
    if (found.isEmpty()) {
      return;
    }
    int rowGroup = place.group().ordinal();
    int begin = to.getRowCount();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      FieldVector vector = to.getVector(i);
      PagedFile.Rows page = null;
      PageCursor cursor = null;
      for (int n = 0; n < found.size(); n++) {
        long row = found.get(n);
        if (page == null || row >= page.nextRow()) {
          page = paged.having(rowGroup, column.fieldId(), row);
          cursor = paged.cursor(rowGroup, column.fieldId(), page.page());
        }
        if (cursor.moveTo(Math.toIntExact(row - page.firstRow()))) {
          PageValue.copy(column.type(), cursor, vector, begin + n);
          count(vector, begin + n);
        } else {
          vector.setNull(begin + n);
        }
      }
    }
    to.setRowCount(begin + found.size());
  }

  private void count(FieldVector vector, int row) {
    bytes +=
        vector instanceof BaseVariableWidthVector values ? values.getValueLength(row) : Long.BYTES;
    if (!waits && bytes > KEPT_BYTES_MAX) {
      throw NotKeptException.INSTANCE;
    }
  }
}
