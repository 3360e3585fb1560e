package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.storage.files.FileStore;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.duckdb.DuckDBConnection;

/**
 * Puts batches into the delta, one engine transaction each. Guarded by storage's write lock.
 *
 * <p>A batch with sequence number V: its deleted keys go into the open generation's key table, rows
 * with these keys that are alive in any generation get {@code _del = V}, and the upserted rows are
 * added with {@code _ins = V}.
 */
final class DeltaWriter implements AutoCloseable {
  private final DuckDBConnection connection;
  private final BufferAllocator allocator;
  private final Map<DeltaGeneration, SmallWrites> smallWrites = new HashMap<>();
  private final FileStore stored;
  private final HeapBudget budget;
  private long generations;

  /** What the batch being written has made; empty between batches. */
  private final List<DeltaGeneration> created = new ArrayList<>();

  DeltaWriter(
      DuckDBConnection connection, BufferAllocator allocator, FileStore stored, HeapBudget budget) {
    this.budget = budget;
    this.connection = connection;
    this.allocator = allocator;
    this.stored = stored;
  }

  /** What a table's part of a batch adds to the generations, once the engine has committed. */
  private record Effect(Change change, DeltaGeneration target, boolean created) {}

  /** One table's changes, and the table. */
  record Change(MirrorTable table, TableChanges changes) {
    long inserted() {
      return rows(changes.upserts());
    }

    long deleted() {
      return changes.truncate() ? 0 : rows(changes.deletes());
    }

    long size() {
      return inserted() + deleted();
    }

    /** About what they will take of the engine's memory. */
    long bytes() {
      return DeltaWriter.bytes(changes.upserts())
          + (changes.truncate() ? 0 : DeltaWriter.bytes(changes.deletes()));
    }
  }

  /** Writes a batch; after an exception nothing of it is there. */
  void write(List<Change> changes, long sequence, boolean staging) throws SQLException {
    List<Effect> effects = new ArrayList<>();
    EngineDatabase.run(connection, "BEGIN");
    try {
      for (Change change : changes) {
        effects.add(write(change, sequence, staging));
      }
      EngineDatabase.run(connection, "COMMIT");
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    } finally {
      if (!created.isEmpty()) {
        EngineDatabase.defined();
        created.clear();
      }
    }
    for (Effect effect : effects) {
      Change change = effect.change();
      if (effect.created()) {
        change.table().add(effect.target(), staging);
      }
      change.table().count(effect.target(), change.inserted(), change.deleted(), change.bytes());
    }
  }

  /** A generation that belongs to no table yet. */
  DeltaGeneration early(TableSchema schema) throws SQLException {
    DeltaGeneration generation = new DeltaGeneration(schema, ++generations, false, budget);
    generation.create(connection);
    return generation;
  }

  void addEarly(DeltaGeneration generation, VectorSchemaRoot rows, long sequence)
      throws SQLException {
    insertRows(generation, row -> sequence, rows);
    generation.count(rows(rows), 0, bytes(rows));
  }

  private Effect write(Change change, long sequence, boolean staging) throws SQLException {
    MirrorTable table = change.table();
    TableChanges changes = change.changes();
    DeltaGeneration target = changes.truncate() ? null : table.open(staging);
    boolean isNew = target == null;
    if (isNew) {
      target =
          new DeltaGeneration(table.workingSchema(), ++generations, changes.truncate(), budget);
      created.add(target);
      target.create(connection);
    }
    if (change.deleted() > 0) {
      List<Column> key = target.schema().keyColumns();
      List<DeltaGeneration> concerned = concerned(table, key, changes.deletes());
      target.touched().addDeleted(key, changes.deletes());
      insertKeys(target, row -> sequence, changes.deletes());
      for (DeltaGeneration each : concerned) {
        markDeleted(table, each, target, sequence, changes.deletes());
      }
    }
    if (change.inserted() > 0) {
      insertRows(target, row -> sequence, changes.upserts());
    }
    return new Effect(change, target, isNew);
  }

  /** Has published changes in the engine; after an exception none of them is there. */
  void write(LateWrites late) throws SQLException {
    DeltaGeneration target = late.target();
    LateWrites.Numbered keys = late.keys();
    boolean few = late.isOneBatch() && keys.count() <= SmallWrites.KEYS_MAX;
    if (keys.count() == 0 && SmallWrites.isOneInsert(late.rows().count())) {
      insertRows(target, late.rows()::sequence, late.rows().root());
      return;
    }
    EngineDatabase.run(connection, "BEGIN");
    try {
      if (keys.count() > 0) {
        insertKeys(target, keys::sequence, keys.root());
      }
      for (DeltaGeneration each : few ? late.ended() : Set.<DeltaGeneration>of()) {
        smallWrites(each).markDeleted(late.first(), each.schema().keyColumns(), keys.root());
      }
      if (late.rows().count() > 0) {
        insertRows(target, late.rows()::sequence, late.rows().root());
      }
      for (DeltaGeneration each : few ? Set.<DeltaGeneration>of() : late.ended()) {
        markReplaced(each, target, late.first());
      }
      EngineDatabase.run(connection, "COMMIT");
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    }
  }

  /** Ends rows by the keys of several batches, each by the first that came after it. */
  private void markReplaced(DeltaGeneration where, DeltaGeneration keysIn, long first)
      throws SQLException {
    String rows = where.view().qualifiedRows();
    String sameKey =
        where.schema().keyColumns().stream()
            .map(DeltaGeneration::column)
            .map(c -> "r." + c + " = k." + c)
            .collect(Collectors.joining(" AND "));
    EngineDatabase.run(
        connection,
        "UPDATE "
            + rows
            + " SET _del = ended.at FROM (SELECT r.rowid AS row, min(k._seq) AS at FROM "
            + rows
            + " r JOIN "
            + keysIn.view().qualifiedKeys()
            + " k ON "
            + sameKey
            + " AND r._ins < k._seq WHERE k._seq >= "
            + first
            + " AND r._del = "
            + DeltaGeneration.ALIVE
            + " GROUP BY r.rowid) ended WHERE "
            + rows
            + ".rowid = ended.row");
  }

  /**
   * Deletes the rows a column has one of these values in, by their keys, as a staged batch of its
   * own; after an exception nothing of it is there.
   */
  void removeRows(MirrorTable table, int fieldId, List<Long> values, long sequence)
      throws SQLException {
    DeltaGeneration open = table.open(true);
    DeltaGeneration target =
        open != null
            ? open
            : new DeltaGeneration(table.workingSchema(), ++generations, false, budget);
    long removed;
    EngineDatabase.run(connection, "BEGIN");
    try {
      if (open == null) {
        created.add(target);
        target.create(connection);
      }
      target.touched().addAny();
      removed = insertKeys(table, target, fieldId, values, sequence);
      for (DeltaGeneration each : MirrorTable.sinceTruncate(table.generations())) {
        markDeleted(table, each, target, sequence);
      }
      EngineDatabase.run(connection, "COMMIT");
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    } finally {
      created.clear();
    }
    if (open == null) {
      table.add(target, true);
    }
    long bytes = removed * Long.BYTES * (1 + table.schema().key().size());
    table.count(target, 0, removed, bytes);
  }

  private long insertKeys(
      MirrorTable table, DeltaGeneration target, int fieldId, List<Long> values, long sequence)
      throws SQLException {
    TableView view = table.workingView();
    FileSelection files =
        FileSelection.of(
            view.schema(), view.files(), new Predicate.In(fieldId, List.copyOf(values)));
    String keys = DeltaGeneration.columns(keyColumns(table));
    String column = DeltaGeneration.column(fieldId);
    List<Column> read = new ArrayList<>(keyColumns(table));
    read.add(view.schema().column(fieldId).orElseThrow());
    String wanted = values.stream().map(v -> v.toString()).collect(Collectors.joining(", "));
    try (FileStore.Use use = stored.forWork();
        Statement statement = connection.createStatement()) {
      use.add(files.files().stream().map(part -> part.file().path()).toList());
      return statement.executeUpdate(
          "INSERT INTO "
              + target.view().qualifiedKeys()
              + " SELECT "
              + sequence
              + ", "
              + keys
              + " FROM ("
              + new RelationSql(view, sequence - 1).query(keys + ", " + column, read, files)
              + ") WHERE "
              + column
              + " IN ("
              + wanted
              + ")");
    }
  }

  /** Generations that may have rows with these keys. */
  static List<DeltaGeneration> concerned(
      MirrorTable table, List<Column> key, VectorSchemaRoot keys) {
    return MirrorTable.sinceTruncate(table.generations()).stream()
        .filter(each -> each.view().rows() > 0 && each.touched().mayHaveAny(key, keys))
        .toList();
  }

  /** Ends rows of {@code where} that have the keys, which {@code keysIn} has by now. */
  private void markDeleted(
      MirrorTable table,
      DeltaGeneration where,
      DeltaGeneration keysIn,
      long sequence,
      VectorSchemaRoot keys)
      throws SQLException {
    List<Column> key = where.schema().keyColumns();
    if (key.equals(keysIn.schema().keyColumns())
        && keys.getRowCount() <= SmallWrites.KEYS_MAX
        && EngineParameters.take(key)) {
      smallWrites(where).markDeleted(sequence, key, keys);
    } else {
      markDeleted(table, where, keysIn, sequence);
    }
  }

  private void markDeleted(
      MirrorTable table, DeltaGeneration where, DeltaGeneration keysIn, long sequence)
      throws SQLException {
    if (where.view().rows() == 0) {
      return;
    }
    String keys = DeltaGeneration.columns(keyColumns(table));
    EngineDatabase.run(
        connection,
        "UPDATE "
            + where.view().qualifiedRows()
            + " SET _del = "
            + sequence
            + " WHERE _del = "
            + DeltaGeneration.ALIVE
            + " AND ("
            + keys
            + ") IN (SELECT "
            + keys
            + " FROM "
            + keysIn.view().qualifiedKeys()
            + " WHERE _seq = "
            + sequence
            + ")");
  }

  private void insertRows(DeltaGeneration target, IntToLongFunction sequence, VectorSchemaRoot rows)
      throws SQLException {
    List<Column> columns = target.schema().columns();
    target.touched().add(columns, target.schema().keyColumns(), rows);
    if (isSmall(columns, rows)) {
      smallWrites(target).insertRows(sequence, columns, rows);
    } else {
      insert(target.view().rowsTable(), sequence, true, columns, rows);
    }
  }

  private void insertKeys(DeltaGeneration target, IntToLongFunction sequence, VectorSchemaRoot keys)
      throws SQLException {
    List<Column> columns = target.schema().keyColumns();
    if (isSmall(columns, keys)) {
      smallWrites(target).insertKeys(sequence, columns, keys);
    } else {
      insert(target.view().keysTable(), sequence, false, columns, keys);
    }
  }

  private boolean isSmall(List<Column> columns, VectorSchemaRoot rows) {
    return created.isEmpty()
        && rows.getRowCount() <= SmallWrites.ROWS_MAX
        && EngineParameters.take(columns);
  }

  private SmallWrites smallWrites(DeltaGeneration generation) {
    return smallWrites.computeIfAbsent(generation, g -> new SmallWrites(connection, g));
  }

  /** Large ones are of one batch. */
  private void insert(
      String table,
      IntToLongFunction sequence,
      boolean whole,
      List<Column> columns,
      VectorSchemaRoot rows)
      throws SQLException {
    if (rows.getRowCount() <= RowAppender.ROWS_MAX && RowAppender.takes(columns)) {
      RowAppender.append(connection, table, sequence, whole, columns, rows);
      return;
    }
    String values =
        sequence.applyAsLong(0)
            + (whole ? ", " + DeltaGeneration.ALIVE : "")
            + ", "
            + casts(columns);
    ArrowImport.run(
        connection,
        allocator,
        rows,
        "INSERT INTO "
            + EngineDatabase.SCHEMA
            + "."
            + table
            + " SELECT "
            + values
            + " FROM "
            + ArrowImport.RELATION);
  }

  /** Select list that turns an imported batch into the columns' engine types. */
  static String casts(List<Column> columns) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> ArrowImport.column(i) + "::" + TypeMapping.engine(columns.get(i).type()))
        .collect(Collectors.joining(", "));
  }

  /** Takes back what staged batches did to older generations, and drops the staged ones. */
  void unstage(List<MirrorTable> tables, long publishedSequence) throws SQLException {
    EngineDatabase.run(connection, "BEGIN");
    try {
      for (MirrorTable table : tables) {
        for (DeltaGeneration each : table.published()) {
          reviveRows(each, publishedSequence);
        }
        for (DeltaGeneration each : table.staged()) {
          drop(each);
        }
      }
      EngineDatabase.run(connection, "COMMIT");
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    }
    tables.forEach(MirrorTable::forgetStaged);
  }

  private void reviveRows(DeltaGeneration generation, long publishedSequence) throws SQLException {
    EngineDatabase.run(
        connection,
        "UPDATE "
            + generation.view().qualifiedRows()
            + " SET _del = "
            + DeltaGeneration.ALIVE
            + " WHERE _del > "
            + publishedSequence
            + " AND _del < "
            + DeltaGeneration.ALIVE);
  }

  /** Removes a generation from the engine, its statements first. */
  void drop(DeltaGeneration generation) throws SQLException {
    SmallWrites statements = smallWrites.remove(generation);
    if (statements != null) {
      statements.close();
    }
    generation.drop(connection);
  }

  /** Ends all statements; they come again when they are needed. */
  @Override
  public void close() throws SQLException {
    for (SmallWrites each : smallWrites.values()) {
      each.close();
    }
    smallWrites.clear();
  }

  private static List<Column> keyColumns(MirrorTable table) {
    return table.schema().keyColumns();
  }

  private static long rows(VectorSchemaRoot batch) {
    return batch == null ? 0 : batch.getRowCount();
  }

  private static long bytes(VectorSchemaRoot batch) {
    if (batch == null) {
      return 0;
    }
    return batch.getRowCount() * 2L * Long.BYTES // _ins and _del, or _seq
        + batch.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum();
  }

  private void rollback(Exception reason) {
    created.forEach(each -> each.touched().release());
    try {
      try {
        close(); // of generations that were to be made here, too
      } finally {
        EngineDatabase.run(connection, "ROLLBACK");
      }
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }
}
