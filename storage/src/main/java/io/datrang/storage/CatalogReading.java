package io.datrang.storage;

import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.Checksums;
import io.datrang.types.Lsn;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/**
 * Makes snapshots of what the catalog has, for a sidecar that does not write it. Files that were
 * there the last time are taken over as they were. For one thread.
 */
final class CatalogReading {
  /** More new files than these are looked for by listing all. */
  private static final int ASK_MAX = 16;

  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;

  /** Files of the last snapshot by their ids, and the tables they are of by their keys. */
  private Map<Long, DataFile> known = Map.of();

  private Map<Long, Long> tables = Map.of();

  /** Files of the last snapshot that the one before had and it has not: keys by table. */
  private final Map<Long, List<Long>> gone = new HashMap<>();

  CatalogReading(StorageConfig config, EngineDatabase engine, BufferAllocator allocator) {
    this.config = config;
    this.engine = engine;
    this.allocator = allocator;
  }

  /** Number of the catalog's last commit. */
  static long commits(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT commits FROM datrang.sidecar")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** What is committed now; the snapshot's layout is the number of the commit. */
  SnapshotState read(Connection connection) throws SQLException {
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    try {
      return readAll(connection);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
      connection.setReadOnly(false);
    }
  }

  private SnapshotState readAll(Connection connection) throws SQLException {
    Lsn durable;
    long commits;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT durable_lsn::text, commits FROM datrang.sidecar")) {
      row.next();
      durable = row.getString(1) == null ? Lsn.ZERO : Lsn.parse(row.getString(1));
      commits = row.getLong(2);
    }
    List<Catalog.StoredTable> stored = Catalog.load(connection, config.dataDirectory());
    ToLongFunction<Path> sizes = sizes(stored);
    Map<Long, DataFile> now = new HashMap<>();
    Map<Long, TableView> views = new HashMap<>();
    try (DuckDBConnection delta = engine.connect()) {
      for (Catalog.StoredTable each : stored) {
        List<DataFile> files = each.files().stream().map(this::knownOr).toList();
        MirrorTable table = table(connection, delta, each, files, sizes, durable);
        table.files().forEach(file -> now.put(file.fileId(), file));
        views.put(each.schema().tableId(), table.view());
      }
    }
    leave(now, views);
    return new SnapshotState(durable, 0, commits, views);
  }

  private DataFile knownOr(DataFile file) {
    DataFile before = known.get(file.fileId());
    return before != null
            && before.path().equals(file.path())
            && Objects.equals(before.vector(), file.vector())
        ? before.with(file.index())
        : file;
  }

  private boolean isNew(DataFile file) {
    return !tables.containsKey(file.key());
  }

  private ToLongFunction<Path> sizes(List<Catalog.StoredTable> stored) {
    long fresh =
        stored.stream()
            .flatMap(table -> table.files().stream())
            .filter(file -> !known.containsKey(file.fileId()))
            .count();
    if (fresh <= ASK_MAX) {
      return config.files()::bytes;
    }
    Map<Path, Long> there = config.files().list(config.dataDirectory());
    return file -> there.getOrDefault(file, -1L);
  }

  private MirrorTable table(
      Connection connection,
      DuckDBConnection delta,
      Catalog.StoredTable stored,
      List<DataFile> files,
      ToLongFunction<Path> sizes,
      Lsn durable)
      throws SQLException {
    // a native table with a damaged file is streaming, and has an error
    if (stored.frozenLsn() == null && (stored.state().equals("error") || stored.error() != null)) {
      return MirrorTable.unreadable(stored.schema(), stored.error());
    }
    String problem = load(connection, delta, stored, files, sizes);
    if (problem != null) {
      return MirrorTable.damaged(stored.schema(), durable, problem);
    }
    return stored.frozenLsn() == null
        ? MirrorTable.streaming(stored.schema(), files, stored.snapshotLsn())
        : MirrorTable.frozen(stored.schema(), files, stored.frozenLsn(), stored.error());
  }

  /** Takes in new files; answers what is wrong with one, or null. */
  private String load(
      Connection connection,
      DuckDBConnection delta,
      Catalog.StoredTable stored,
      List<DataFile> files,
      ToLongFunction<Path> sizes)
      throws SQLException {
    long id = stored.schema().tableId();
    List<DataFile> fresh = files.stream().filter(this::isNew).toList();
    EngineDatabase.run(delta, DeletedPositions.definition(id));
    for (DataFile file : files) {
      if (stored.doubtful().contains(file.fileId())) {
        return "rows of the index of file %s have been changed; %s makes them anew"
            .formatted(file.path(), "datrang.reindex()");
      }
    }
    for (FileProblem problem : FileCheck.presence(fresh, sizes)) {
      return problem.message();
    }
    if (!fresh.isEmpty()) {
      Map<Long, List<Checksums.Part>> parts = StoredFiles.checksums(connection, id);
      fresh.forEach(
          file ->
              config
                  .files()
                  .know(file.path(), file.bytes(), parts.getOrDefault(file.fileId(), List.of())));
    }
    for (DataFile file : fresh) {
      if (file.vector() != null) {
        DeletedPositions.load(
            delta,
            allocator,
            id,
            file.key(),
            DeletionVectorFile.read(file.path(), file.vector(), config.files()));
      }
    }
    return null;
  }

  /** Notes what this snapshot has, and what it does not have any more. */
  private void leave(Map<Long, DataFile> now, Map<Long, TableView> views) {
    Map<Long, Long> tableOf = new HashMap<>();
    views.forEach((id, view) -> view.files().forEach(file -> tableOf.put(file.key(), id)));
    gone.clear();
    for (Map.Entry<Long, Long> file : tables.entrySet()) {
      if (!tableOf.containsKey(file.getKey())) {
        gone.computeIfAbsent(file.getValue(), id -> new ArrayList<>()).add(file.getKey());
      }
    }
    tables = tableOf;
    known = now;
  }

  /** Files that the last snapshot does not have and the one before had, by table. */
  Map<Long, List<Long>> gone() {
    return Map.copyOf(gone);
  }
}
