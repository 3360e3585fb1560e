package io.datrang.storage;

import io.datrang.index.FileIndex;
import io.datrang.index.IndexStore;
import io.datrang.index.RowGroupIndex;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.IcebergInspection;
import io.datrang.storage.parquet.Checksums;
import io.datrang.storage.parquet.DataFileFooter;
import io.datrang.storage.parquet.FileForm;
import io.datrang.storage.parquet.PagedFile;
import io.datrang.storage.parquet.RecentlyRead;
import io.datrang.storage.parquet.TextSequences;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * Compares a table's files with what is known of them, and makes that anew from the files. Any
 * thread.
 */
final class TableCheck {
  /** What is kept of a file whose texts are read. */
  private static final long READ_BYTES_MAX = 8L << 20;

  private static final String ENDED = "the table takes no changes at present";

  private final StorageConfig config;
  private final Catalog catalog;
  private final LiveTables tables;
  private final SnapshotRegistry registry;
  private final Flusher flusher;
  private final FileLayouts layouts;

  TableCheck(
      StorageConfig config,
      Catalog catalog,
      LiveTables tables,
      SnapshotRegistry registry,
      Flusher flusher,
      FileLayouts layouts) {
    this.config = config;
    this.catalog = catalog;
    this.tables = tables;
    this.registry = registry;
    this.flusher = flusher;
    this.layouts = layouts;
  }

  /** What the catalog says of a table's files, by file id. */
  private record Stored(
      Map<Long, FileIndex> indexes, Map<Long, List<Checksums.Part>> parts, Set<Long> doubtful) {
    FileIndex index(DataFile file) {
      return indexes.getOrDefault(file.fileId(), new FileIndex(List.of()));
    }

    List<Checksums.Part> parts(DataFile file) {
      return parts.getOrDefault(file.fileId(), List.of());
    }
  }

  private Stored stored(long tableId) {
    Map<Long, FileIndex> indexes = new HashMap<>();
    Map<Long, List<Checksums.Part>> parts = new HashMap<>();
    Set<Long> doubtful = new HashSet<>();
    catalog.transaction(
        "read the index",
        connection -> {
          IndexStore.Loaded loaded = IndexStore.loadTable(connection, tableId);
          indexes.putAll(loaded.indexes());
          parts.putAll(StoredFiles.checksums(connection, tableId));
          doubtful.addAll(StoredFiles.doubtful(connection, loaded, tableId));
        });
    return new Stored(indexes, parts, doubtful);
  }

  /**
   * Reads all files of a table. One with damaged files is stopped: nobody reads it until it is
   * copied anew.
   *
   * @param stopped asked between files, and before the table is stopped
   */
  List<FileProblem> check(long tableId, BooleanSupplier stopped) {
    SnapshotState state = registry.pin();
    List<FileProblem> problems = new ArrayList<>();
    try {
      TableView view = state.tables().get(tableId);
      if (view == null) {
        throw new StorageException("there is no table " + tableId);
      }
      Stored stored = stored(tableId);
      FileCheck check = new FileCheck(view.schema(), config.files());
      for (DataFile file : view.files()) {
        endIf(stopped);
        int before = check.problems().size();
        check.file(file, stored.parts(file), stored.index(file));
        if (stored.doubtful().contains(file.fileId()) && check.problems().size() == before) {
          check.indexIsChanged(file);
        }
      }
      problems.addAll(check.problems());
      icebergProblem(tableId).ifPresent(problems::add);
    } finally {
      registry.release(state);
    }
    endIf(stopped);
    problems.stream()
        .filter(FileProblem::damaged)
        .findFirst()
        .ifPresent(first -> flusher.stopDamaged(tableId, first.message()));
    return problems;
  }

  private static void endIf(BooleanSupplier stopped) {
    if (stopped.getAsBoolean()) {
      throw new StorageException("stopped");
    }
  }

  /** A table between two flushes, so that catalog and metadata are of one moment. */
  private record Moment(SnapshotState pinned, TableSchema schema, List<DataFile> files) {}

  /** Reads while others go on. */
  private Optional<FileProblem> icebergProblem(long tableId) {
    try (Connection connection = config.catalog().getConnection()) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      AtomicReference<Moment> found = new AtomicReference<>();
      flusher.exclusively(
          () ->
              tables
                  .table(tableId)
                  .filter(MirrorTable::isReadable)
                  .ifPresent(table -> found.set(moment(connection, table))));
      Moment moment = found.get();
      if (moment == null) {
        return Optional.empty();
      }
      try {
        Path directory = TableDirectory.of(config.dataDirectory(), tableId);
        return new IcebergInspection(connection, moment.schema(), directory, config.files())
            .any(TableCommit.tableFiles(moment.files()))
            .map(problem -> new FileProblem(problem.file(), -1, problem.text(), false));
      } finally {
        registry.release(moment.pinned());
        connection.rollback();
      }
    } catch (SQLException e) {
      throw new StorageException("cannot read the Iceberg metadata: " + e.getMessage(), e);
    }
  }

  /** A transaction's snapshot begins with its first statement; files stay while one is pinned. */
  private Moment moment(Connection connection, MirrorTable table) {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT FROM datrang.sidecar");
    } catch (SQLException e) {
      throw new StorageException("cannot read the catalog: " + e.getMessage(), e);
    }
    return new Moment(registry.pin(), table.schema(), table.files());
  }

  /**
   * Makes a table's index rows anew from its files, and its Iceberg form where that is another's or
   * damaged.
   *
   * @return how many files it has
   */
  int reindex(long tableId) {
    MirrorTable table =
        tables
            .table(tableId)
            .filter(MirrorTable::isLive)
            .orElseThrow(() -> new StorageException(ENDED));
    Stored stored = stored(tableId);
    layouts.learn(catalog);
    Map<Long, Contents> contents = new HashMap<>();
    SnapshotState state = registry.pin();
    try { // most of it beside flushes
      TableView view = state.tables().get(tableId);
      if (view != null) {
        view.files().forEach(file -> contents.put(file.key(), contents(table, file, stored)));
      }
    } finally {
      registry.release(state);
    }
    int[] count = {0};
    flusher.exclusively(() -> count[0] = reindex(table, contents));
    if (icebergProblem(tableId).isPresent()) {
      flusher.writeIcebergAnew(table);
    }
    return count[0];
  }

  /** What a file's index is, and the checksums of its parts. */
  private record Contents(FileIndex index, List<Checksums.Part> parts) {}

  private Contents contents(MirrorTable table, DataFile file, Stored stored) {
    TableSchema schema = table.schema();
    DataFileFooter footer = footer(schema, file, stored.parts(file));
    FileForm form = layouts.of(schema).form();
    FileIndex index = footer.index().withEstimatesOf(stored.index(file));
    return new Contents(withTexts(schema, file.path(), form, index), footer.parts());
  }

  /** Nothing is flushed meanwhile. */
  private int reindex(MirrorTable table, Map<Long, Contents> contents) {
    List<DataFile> files =
        tables
            .files()
            .replaceable(table, table.storedVersion(), List.of())
            .orElseThrow(() -> new StorageException(ENDED));
    if (files.stream().anyMatch(file -> !contents.containsKey(file.key()))) {
      Stored stored = stored(table.id());
      files.forEach(
          file -> contents.computeIfAbsent(file.key(), key -> contents(table, file, stored)));
    }
    List<DataFile> indexed =
        files.stream().map(file -> file.with(contents.get(file.key()).index())).toList();
    catalog.transaction(
        "index a table anew",
        connection -> {
          for (DataFile file : indexed) {
            IndexStore.remove(connection, file.fileId());
            IndexStore.insert(connection, file.fileId(), file.index());
            Catalog.setFooter(connection, file, contents.get(file.key()).parts());
          }
        });
    tables.files().replaceFiles(table, indexed);
    return indexed.size();
  }

  /** The index with text filters, which a file's footer does not have. */
  private FileIndex withTexts(TableSchema schema, Path path, FileForm form, FileIndex index) {
    try (FileStore.Use use = config.files().forWork();
        PagedFile file = new PagedFile(new RecentlyRead(() -> READ_BYTES_MAX), path)) {
      use.add(List.of(path));
      Set<Integer> fields = new HashSet<>(form.textFields());
      fields.removeIf(f -> index.rowGroups().stream().anyMatch(g -> !file.has(g.ordinal(), f)));
      TextSequences texts = new TextSequences(schema, fields, form.rowGroupRows());
      for (RowGroupIndex group : index.rowGroups()) {
        for (int field : texts.fields()) {
          file.each(
              group.ordinal(),
              field,
              (row, text) -> texts.add(field, group.firstRow() + row, text));
        }
      }
      return texts.addTo(index);
    }
  }

  private DataFileFooter footer(TableSchema schema, DataFile file, List<Checksums.Part> parts) {
    FileCheck check = new FileCheck(schema, config.files());
    try (FileStore.Use use = config.files().forWork()) {
      use.add(List.of(file.path()));
      check.file(file, parts, file.index());
      for (FileProblem problem : check.problems()) {
        if (problem.damaged()) {
          throw new StorageException(problem.message());
        }
      }
      return DataFileFooter.read(schema, file.path());
    } catch (IOException | DataFileFooter.MalformedException e) {
      throw new StorageException("file " + file.path() + ": " + e.getMessage(), e);
    }
  }
}
