package io.datrang.server.testing;

import io.datrang.index.Predicate;
import io.datrang.storage.Backfill;
import io.datrang.storage.ChangeBatch;
import io.datrang.storage.EarlyRows;
import io.datrang.storage.FlushFigures;
import io.datrang.storage.FoundRows;
import io.datrang.storage.FreshnessTimeoutException;
import io.datrang.storage.ScanPlan;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.storage.TableStatus;
import io.datrang.storage.TypeMapping;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBConnection;

/**
 * Tables without files: each is one plain table of an in-memory engine, written with SQL. Reads
 * only; every snapshot shows the present content.
 */
public final class MemoryStorage implements WritableStorage {
  private final DuckDBConnection root;
  private final BufferAllocator allocator = new RootAllocator();
  private final Map<Long, MemoryTable> tables = new ConcurrentHashMap<>();
  private final AtomicInteger pinned = new AtomicInteger();
  private volatile Predicate lastPredicate;
  private final Set<Object> kept = ConcurrentHashMap.newKeySet();
  private volatile String foundBy;
  private Lsn applied = Lsn.parse("0/1000");

  public MemoryStorage() {
    try {
      Properties properties = new Properties();
      properties.setProperty("jdbc_stream_results", "true");
      root = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:", properties);
      execute("SET autoinstall_known_extensions = false");
      execute("SET autoload_known_extensions = false");
      execute("SET TimeZone = 'UTC'");
      execute("CREATE SCHEMA delta");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Creates the engine table {@code delta.t<id>}; fill it with {@link #execute}. */
  public void create(TableSchema schema) {
    String columns =
        schema.columns().stream()
            .map(c -> quoted(c.name()) + " " + TypeMapping.engine(c.type()))
            .collect(Collectors.joining(", "));
    execute("CREATE TABLE delta.t" + schema.tableId() + " (" + columns + ")");
    tables.put(schema.tableId(), new MemoryTable(schema, null));
  }

  public void makeUnreadable(long tableId, String reason) {
    tables.computeIfPresent(tableId, (id, table) -> new MemoryTable(table.schema, reason));
  }

  public void execute(String sql) {
    try (Statement statement = root.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  public int pinnedSnapshots() {
    return pinned.get();
  }

  /** Has the rows of these keys in memory. */
  public void keep(Long... keys) {
    kept.addAll(List.of(keys));
  }

  /** The thread that found such rows last. */
  public String foundBy() {
    return foundBy;
  }

  public Predicate lastPredicate() {
    return lastPredicate;
  }

  @Override
  public synchronized Lsn appliedLsn() {
    return applied;
  }

  @Override
  public synchronized void advance(Lsn watermark) {
    applied = watermark;
    notifyAll();
  }

  @Override
  public Snapshot pin() {
    pinned.incrementAndGet();
    return new MemorySnapshot(appliedLsn());
  }

  @Override
  public Snapshot pin(Lsn atLeast, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (this) {
      while (!applied.isAtLeast(atLeast)) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new FreshnessTimeoutException("not reached: " + atLeast);
        }
        try {
          wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new FreshnessTimeoutException("interrupted");
        }
      }
    }
    return pin();
  }

  @Override
  public FlushFigures flushFigures() {
    return FlushFigures.NONE;
  }

  @Override
  public DuckDBConnection connect() {
    try {
      return root.duplicate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public BufferAllocator allocator() {
    return allocator;
  }

  @Override
  public Lsn durableLsn() {
    return appliedLsn();
  }

  @Override
  public List<TableSchema> tables() {
    return tables.values().stream().map(t -> t.schema).toList();
  }

  @Override
  public Optional<TableStatus> status(long tableId) {
    return Optional.ofNullable(tables.get(tableId))
        .map(t -> new TableStatus(t.rowCount(), 1, 1000, 5, t.reason, null, null));
  }

  @Override
  public void close() {
    try {
      root.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    allocator.close();
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  private final class MemorySnapshot implements Snapshot {
    private final Lsn lsn;

    MemorySnapshot(Lsn lsn) {
      this.lsn = lsn;
    }

    @Override
    public Lsn lsn() {
      return lsn;
    }

    @Override
    public Collection<TableSnapshot> tables() {
      return List.copyOf(MemoryStorage.this.tables.values());
    }

    @Override
    public Optional<TableSnapshot> table(long tableId) {
      return Optional.ofNullable(tables.get(tableId));
    }

    @Override
    public Optional<TableSnapshot> table(String schemaName, String tableName) {
      return tables().stream()
          .filter(
              t ->
                  t.schema().schemaName().equals(schemaName)
                      && t.schema().tableName().equals(tableName))
          .findFirst();
    }

    @Override
    public void close() {
      pinned.decrementAndGet();
    }
  }

  private final class MemoryTable implements TableSnapshot {
    private final TableSchema schema;
    private final String reason;

    MemoryTable(TableSchema schema, String reason) {
      this.schema = schema;
      this.reason = reason;
    }

    @Override
    public TableSchema schema() {
      return schema;
    }

    @Override
    public String unreadableBecause() {
      return reason;
    }

    @Override
    public Optional<Lsn> frozenAt() {
      return Optional.empty();
    }

    @Override
    public long rowCount() {
      String sql = "SELECT count(*) FROM delta.t" + schema.tableId();
      try (DuckDBConnection connection = connect();
          Statement statement = connection.createStatement();
          java.sql.ResultSet rows = statement.executeQuery(sql)) {
        rows.next();
        return rows.getLong(1);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Knows the rows of {@link #keep}, of which it has the keys alone. */
    @Override
    public Optional<FoundRows> findKept(
        List<Predicate.In> conditions, List<String> columns, BufferAllocator allocator) {
      List<Object> keys = conditions.get(0).values();
      if (!kept.containsAll(keys) || !columns.equals(List.of("id"))) {
        return Optional.empty();
      }
      foundBy = Thread.currentThread().getName();
      Field field = Field.nullable("id", new ArrowType.Int(64, true));
      VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(List.of(field)), allocator);
      for (int i = 0; i < keys.size(); i++) {
        ((BigIntVector) root.getVector(0)).setSafe(i, (Long) keys.get(i));
      }
      root.setRowCount(keys.size());
      return Optional.of(new FoundRows(root, 1, 10, 1, 80, 12, 1));
    }

    @Override
    public ScanPlan plan(Predicate predicate) {
      lastPredicate = predicate;
      return new MemoryPlan(schema, rowCount(), predicate);
    }
  }

  private record MemoryPlan(TableSchema schema, long rows, Predicate predicate)
      implements ScanPlan {
    @Override
    public int files() {
      return 3;
    }

    @Override
    public int filesTotal() {
      return 10;
    }

    @Override
    public int rowGroups() {
      return 7;
    }

    @Override
    public int rowGroupsTotal() {
      return 80;
    }

    @Override
    public long deltaRows() {
      return 12;
    }

    @Override
    public double estimatedRows() {
      return predicate instanceof Predicate.Any ? rows : rows / 3.0;
    }

    @Override
    public double rowsBound() {
      return rows / 2.0;
    }

    @Override
    public String relation(List<String> columns) {
      String list =
          columns.isEmpty()
              ? "NULL"
              : columns.stream().map(MemoryStorage::quoted).collect(Collectors.joining(", "));
      return "(SELECT " + list + " FROM delta.t" + schema.tableId() + ")";
    }
  }

  @Override
  public void apply(ChangeBatch batch) {
    throw readsOnly();
  }

  @Override
  public void stage(ChangeBatch part) {
    throw readsOnly();
  }

  @Override
  public EarlyRows early(TableSchema schema) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void stage(EarlyRows rows) {
    throw new UnsupportedOperationException();
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
  public void unstage() {}

  @Override
  public VectorSchemaRoot lookup(long tableId, VectorSchemaRoot keys) {
    throw readsOnly();
  }

  @Override
  public Backfill beginBackfill(TableSchema schema) {
    throw readsOnly();
  }

  @Override
  public void dropTable(long tableId) {
    tables.remove(tableId);
  }

  @Override
  public void freeze(long tableId) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void failTable(long tableId, String message) {
    makeUnreadable(tableId, message);
  }

  @Override
  public Lsn flush() {
    return appliedLsn();
  }

  private static UnsupportedOperationException readsOnly() {
    return new UnsupportedOperationException("this storage is written with SQL");
  }
}
