package io.datrang.replication.testing;

import io.datrang.storage.Backfill;
import io.datrang.storage.ChangeBatch;
import io.datrang.storage.EarlyRows;
import io.datrang.storage.FlushFigures;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableChanges;
import io.datrang.storage.TableStatus;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.duckdb.DuckDBConnection;

/**
 * WritableStorage without files or engine: tables are maps, and what does not fit together (a
 * delete of no row, two rows of one key, a position that goes back) is an exception. {@link #crash}
 * forgets what was not flushed. It cannot be read through snapshots; tests read {@link #rows}.
 */
public final class MemoryStorage implements WritableStorage {
  /** Where the real storage writes to PostgreSQL. */
  public interface Catalog {
    void durable(Lsn lsn);

    void streaming(long tableId, Lsn snapshotLsn);

    void failed(long tableId, String message);
  }

  /** Tables by id, those that are being copied by their negative id. */
  private record Image(Lsn lsn, Map<Long, Map<String, Integer>> tables) {
    void complete(long tableId) {
      tables.put(tableId, tables.remove(-tableId));
    }
  }

  private final BufferAllocator allocator;
  private final Catalog catalog;
  private final Map<Long, MemoryTable> tables = new TreeMap<>();
  private final Map<Long, MemoryTable> copying = new HashMap<>();
  private final Map<Long, String> failed = new HashMap<>();
  private volatile Runnable beforeApply = () -> {};
  private Lsn applied = Lsn.ZERO;
  private Image durable = new Image(Lsn.ZERO, Map.of());

  private int earlyStaged;

  /** State before the first staged part, null when nothing is staged. */
  private Image unstaged;

  public MemoryStorage(Catalog catalog) {
    this.allocator = new RootAllocator();
    this.catalog = catalog;
  }

  /** For tests without a server. */
  public static MemoryStorage detached() {
    return new MemoryStorage(
        new Catalog() {
          @Override
          public void durable(Lsn lsn) {}

          @Override
          public void streaming(long tableId, Lsn snapshotLsn) {}

          @Override
          public void failed(long tableId, String message) {}
        });
  }

  /** A table that exists from the start, empty. */
  public synchronized void create(TableSchema schema) {
    tables.put(schema.tableId(), new MemoryTable(schema, allocator));
  }

  /** Goes back to what was flushed, as a killed process would; tables in backfill are gone. */
  public synchronized void crash() {
    copying.values().forEach(MemoryTable::close);
    copying.clear();
    restore(durable);
    unstaged = null;
  }

  private void restore(Image image) {
    tables
        .values()
        .removeIf(
            table -> {
              Map<String, Integer> live = image.tables().get(table.schema.tableId());
              if (live == null) {
                table.close();
                return true;
              }
              table.restore(live);
              return false;
            });
    applied = image.lsn();
  }

  private Image image() {
    Map<Long, Map<String, Integer>> images = new HashMap<>();
    tables.forEach((id, table) -> images.put(id, table.image()));
    return new Image(applied, images);
  }

  /** Runs before each batch is applied, on the replication thread; may wait or throw. */
  public void beforeApply(Runnable hook) {
    beforeApply = hook;
  }

  /** Rows of a table as text, in no order. */
  public synchronized List<List<String>> rows(long tableId) {
    MemoryTable table = tables.get(tableId);
    return table == null ? List.of() : table.rows();
  }

  public synchronized Optional<String> failure(long tableId) {
    return Optional.ofNullable(failed.get(tableId));
  }

  /** Whether readers could see the table. */
  public synchronized boolean isReadable(long tableId) {
    return tables.containsKey(tableId) && !failed.containsKey(tableId);
  }

  @Override
  public synchronized Lsn durableLsn() {
    return durable.lsn();
  }

  @Override
  public synchronized Lsn appliedLsn() {
    return unstaged == null ? applied : unstaged.lsn();
  }

  @Override
  public synchronized List<TableSchema> tables() {
    return tables.values().stream().map(t -> t.schema).toList();
  }

  @Override
  public void apply(ChangeBatch batch) {
    beforeApply.run();
    synchronized (this) {
      change(batch);
      unstaged = null;
      moveTo(batch.endLsn());
    }
  }

  @Override
  public synchronized void stage(ChangeBatch part) {
    if (unstaged == null) {
      stageFrom(image());
    }
    change(part);
  }

  private void stageFrom(Image before) {
    copying.forEach((id, table) -> before.tables().put(-id, table.image()));
    unstaged = before;
  }

  @Override
  public EarlyRows early(TableSchema schema) {
    return new MemoryEarlyRows(schema);
  }

  @Override
  public synchronized void stage(EarlyRows rows) {
    try (MemoryEarlyRows early = (MemoryEarlyRows) rows) {
      if (unstaged == null) {
        stageFrom(image());
      }
      early.batches.forEach(any(early.schema.tableId())::insert);
    }
    earlyStaged++;
  }

  /** How often rows were there before their transaction's commit. */
  public synchronized int earlyStaged() {
    return earlyStaged;
  }

  private static final class MemoryEarlyRows implements EarlyRows {
    final TableSchema schema;
    final List<VectorSchemaRoot> batches = new ArrayList<>();

    MemoryEarlyRows(TableSchema schema) {
      this.schema = schema;
    }

    @Override
    public void add(VectorSchemaRoot rows) {
      batches.add(rows);
    }

    @Override
    public void close() {
      batches.forEach(VectorSchemaRoot::close);
      batches.clear();
    }
  }

  @Override
  public void removeRows(long tableId, int fieldId, List<Long> values) {
    throw new UnsupportedOperationException("its tables are not partitioned");
  }

  @Override
  public void alter(TableSchema schema) {
    throw new UnsupportedOperationException("its tables keep their form");
  }

  @Override
  public synchronized void unstage() {
    if (unstaged != null) {
      tables.forEach((id, table) -> table.restore(unstaged.tables().get(id)));
      copying.forEach((id, table) -> table.restore(unstaged.tables().get(-id)));
      unstaged = null;
    }
  }

  private void change(ChangeBatch batch) {
    for (TableChanges changes : batch.tables()) {
      MemoryTable table = any(changes.tableId());
      if (changes.truncate()) {
        table.truncate();
      }
      if (changes.deletes() != null) {
        table.delete(changes.deletes());
      }
      if (changes.upserts() != null) {
        table.insert(changes.upserts());
      }
    }
  }

  private MemoryTable any(long tableId) {
    MemoryTable table = copying.getOrDefault(tableId, tables.get(tableId));
    if (table == null) {
      throw new IllegalStateException("no table " + tableId);
    }
    return table;
  }

  private void moveTo(Lsn lsn) {
    if (!lsn.isAtLeast(applied)) {
      throw new IllegalStateException("position goes back from " + applied + " to " + lsn);
    }
    applied = lsn;
  }

  @Override
  public synchronized void advance(Lsn watermark) {
    if (unstaged != null) {
      throw new IllegalStateException("advance while a transaction is staged");
    }
    moveTo(watermark);
  }

  @Override
  public synchronized VectorSchemaRoot lookup(long tableId, VectorSchemaRoot keys) {
    return any(tableId).lookup(keys, allocator);
  }

  @Override
  public synchronized Backfill beginBackfill(TableSchema schema) {
    failed.remove(schema.tableId());
    MemoryTable table = new MemoryTable(schema, allocator);
    copying.put(schema.tableId(), table);
    if (unstaged != null) {
      unstaged.tables().put(-schema.tableId(), new HashMap<>());
    }
    return new MemoryBackfill(table);
  }

  private final class MemoryBackfill implements Backfill {
    private final MemoryTable table;
    private int openWriters;

    MemoryBackfill(MemoryTable table) {
      this.table = table;
    }

    @Override
    public Writer newWriter() {
      synchronized (MemoryStorage.this) {
        openWriters++;
      }
      return new Writer() {
        @Override
        public void write(VectorSchemaRoot batch) {
          synchronized (MemoryStorage.this) {
            Map<String, Integer> added = table.insert(batch);
            if (unstaged != null) { // they are no part of the transaction that is staged
              unstaged.tables().get(-table.schema.tableId()).putAll(added);
            }
          }
        }

        @Override
        public void close() {
          synchronized (MemoryStorage.this) {
            openWriters--;
          }
        }
      };
    }

    @Override
    public void commit(Lsn snapshotLsn) {
      synchronized (MemoryStorage.this) {
        if (openWriters != 0 || copying.remove(table.schema.tableId()) == null) {
          throw new IllegalStateException("commit of a backfill that is not complete");
        }
        MemoryTable before = tables.put(table.schema.tableId(), table);
        if (before != null) {
          before.close();
        }
        if (unstaged != null) {
          unstaged.complete(table.schema.tableId());
        }
        catalog.streaming(table.schema.tableId(), snapshotLsn);
        flush();
      }
    }

    @Override
    public void close() {
      synchronized (MemoryStorage.this) {
        if (copying.remove(table.schema.tableId()) != null) {
          table.close();
        }
      }
    }
  }

  @Override
  public synchronized void dropTable(long tableId) {
    MemoryTable table = tables.remove(tableId);
    if (table != null) {
      table.close();
    }
  }

  @Override
  public synchronized void freeze(long tableId) {
    // Rows stay where they are until another copy replaces them.
  }

  @Override
  public synchronized void failTable(long tableId, String message) {
    failed.put(tableId, message);
    catalog.failed(tableId, message);
  }

  @Override
  public synchronized Lsn flush() {
    durable =
        unstaged == null ? image() : new Image(unstaged.lsn(), new HashMap<>(unstaged.tables()));
    catalog.durable(durable.lsn());
    return durable.lsn();
  }

  @Override
  public Snapshot pin() {
    throw new UnsupportedOperationException("read rows() instead");
  }

  @Override
  public Snapshot pin(Lsn atLeast, Duration timeout) {
    throw new UnsupportedOperationException("read rows() instead");
  }

  @Override
  public synchronized Optional<TableStatus> status(long tableId) {
    return Optional.ofNullable(tables.get(tableId))
        .map(t -> new TableStatus(t.size(), 0, 0, t.size(), failed.get(tableId), null, null));
  }

  @Override
  public FlushFigures flushFigures() {
    return FlushFigures.NONE;
  }

  @Override
  public DuckDBConnection connect() {
    throw new UnsupportedOperationException("there is no engine");
  }

  @Override
  public BufferAllocator allocator() {
    return allocator;
  }

  @Override
  public synchronized void close() {
    tables.values().forEach(MemoryTable::close);
    copying.values().forEach(MemoryTable::close);
    allocator.close();
  }
}
