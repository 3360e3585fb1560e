package io.datrang.storage;

import io.datrang.index.FileIndex;
import io.datrang.index.IndexStore;
import io.datrang.index.RowGroupIndex;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.IcebergPointers;
import io.datrang.storage.parquet.Checksums;
import io.datrang.storage.parquet.DataFileFooter;
import io.datrang.storage.parquet.FileForm;
import io.datrang.storage.parquet.PagedFile;
import io.datrang.storage.parquet.RecentlyRead;
import io.datrang.storage.parquet.TextSequences;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Compares a table's files with what is known of them, and makes that anew from the files. Any
 * thread.
 */
final class TableCheck {
  /** What is kept of a file whose texts are read. */
  private static final long READ_BYTES_MAX = 8L << 20;

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
  private record Stored(Map<Long, FileIndex> indexes, Map<Long, List<Checksums.Part>> parts) {
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
    catalog.transaction(
        "read the index",
        connection -> {
          indexes.putAll(IndexStore.load(connection, tableId));
          parts.putAll(Catalog.checksums(connection, tableId));
        });
    return new Stored(indexes, parts);
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
        check.file(file, stored.parts(file), stored.index(file));
      }
      problems.addAll(check.problems());
      problems.addAll(foreignMetadata(view.schema()));
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

  private List<FileProblem> foreignMetadata(TableSchema schema) {
    List<FileProblem> problems = new ArrayList<>();
    Path directory = TableDirectory.of(config.dataDirectory(), schema.tableId());
    catalog.transaction(
        "read the Iceberg metadata",
        connection -> {
          String problem =
              IcebergPointers.foreignSnapshot(connection, schema, directory, config.files());
          if (problem != null) {
            problems.add(new FileProblem(directory.resolve("metadata"), -1, problem, false));
          }
        });
    return problems;
  }

  /**
   * Makes a table's index rows anew from its files.
   *
   * @return how many files it has
   */
  int reindex(long tableId) {
    MirrorTable table =
        tables
            .table(tableId)
            .filter(MirrorTable::isLive)
            .orElseThrow(() -> new StorageException("the table takes no changes at present"));
    int[] count = {0};
    flusher.exclusively(() -> count[0] = reindex(table));
    return count[0];
  }

  private int reindex(MirrorTable table) {
    Stored stored = stored(table.id());
    layouts.learn(catalog);
    FileForm form = layouts.of(table.schema()).form();
    List<DataFile> files =
        tables.replaceable(table, table.storedVersion(), List.of()).orElse(List.of());
    Map<Long, DataFileFooter> footers = new HashMap<>();
    Map<Long, FileIndex> indexes = new HashMap<>();
    for (DataFile file : files) {
      DataFileFooter footer = footer(table.schema(), file, stored.parts(file));
      footers.put(file.fileId(), footer);
      indexes.put(file.fileId(), withTexts(table.schema(), file.path(), form, footer.index()));
    }
    catalog.transaction(
        "index a table anew",
        connection -> {
          for (DataFile file : files) {
            DataFileFooter footer = footers.get(file.fileId());
            IndexStore.remove(connection, file.fileId());
            IndexStore.insert(connection, file.fileId(), indexes.get(file.fileId()));
            Catalog.setFooter(connection, file.fileId(), footer.index(), footer.parts());
          }
        });
    tables.replaceFiles(table, files.stream().map(f -> f.with(indexes.get(f.fileId()))).toList());
    return files.size();
  }

  /** The index with text filters, which a file's footer does not have. */
  private FileIndex withTexts(TableSchema schema, Path path, FileForm form, FileIndex index) {
    try (FileStore.Use use = config.files().forWork();
        PagedFile file = new PagedFile(new RecentlyRead(READ_BYTES_MAX), path)) {
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
