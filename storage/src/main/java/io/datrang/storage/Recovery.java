package io.datrang.storage;

import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.iceberg.IcebergHistory;
import io.datrang.storage.iceberg.IcebergPointers;
import io.datrang.types.TableSchema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores tables from the catalog when storage starts, and removes files the catalog does not
 * know: what a crash left behind.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final IcebergHistory history;

  Recovery(
      StorageConfig config,
      EngineDatabase engine,
      BufferAllocator allocator,
      IcebergHistory history) {
    this.history = history;
    this.config = config;
    this.engine = engine;
    this.allocator = allocator;
  }

  List<MirrorTable> run(Catalog catalog) {
    List<Catalog.StoredTable> stored = catalog.load();
    removeOrphans(stored, icebergFiles(catalog, stored));
    List<MirrorTable> tables = new ArrayList<>();
    try (DuckDBConnection connection = engine.connect()) {
      for (Catalog.StoredTable each : stored) {
        tables.add(restore(connection, each));
      }
    } catch (SQLException e) {
      throw new StorageException("cannot restore the tables: " + e.getMessage(), e);
    }
    return tables;
  }

  private MirrorTable restore(DuckDBConnection connection, Catalog.StoredTable stored)
      throws SQLException {
    TableSchema schema = stored.schema();
    if (stored.frozenLsn() == null && stored.state().equals("error")) {
      return MirrorTable.unreadable(schema, stored.error());
    }
    MirrorTable table =
        stored.frozenLsn() == null
            ? MirrorTable.streaming(schema, stored.files(), stored.snapshotLsn())
            : MirrorTable.frozen(schema, stored.files(), stored.frozenLsn(), stored.error());
    EngineDatabase.run(connection, DeletedPositions.definition(schema.tableId()));
    for (DataFile file : stored.files()) {
      if (!Files.exists(file.path())) {
        throw new StorageException(
            "file " + file.path() + " of table " + schema.tableName() + " is missing");
      }
      if (file.vector() != null) {
        DeletedPositions.load(
            connection,
            allocator,
            schema.tableId(),
            file.key(),
            DeletionVectorFile.read(file.path(), file.vector()));
      }
    }
    return table;
  }

  private Set<Path> icebergFiles(Catalog catalog, List<Catalog.StoredTable> stored) {
    Set<Path> known = new HashSet<>();
    catalog.transaction(
        "read the Iceberg metadata",
        connection -> {
          for (Catalog.StoredTable each : stored) {
            Path directory = TableDirectory.of(config.dataDirectory(), each.schema().tableId());
            known.addAll(IcebergPointers.load(connection, each.schema(), directory, history));
          }
        });
    return known;
  }

  private void removeOrphans(List<Catalog.StoredTable> stored, Set<Path> icebergFiles) {
    Set<Path> known = new HashSet<>(icebergFiles);
    for (Catalog.StoredTable table : stored) {
      for (DataFile file : table.files()) {
        known.add(file.path());
        if (file.vector() != null) {
          known.add(file.vector().path());
        }
      }
    }
    Path staging = config.dataDirectory().resolve(Storage.STAGING_DIRECTORY);
    List<Path> orphans =
        TableDirectory.filesUnder(config.dataDirectory()).stream()
            .filter(f -> !known.contains(f) && !f.startsWith(staging))
            .toList();
    if (!orphans.isEmpty()) {
      LOG.info("removing {} files the catalog does not know", orphans.size());
      TableDirectory.remove(orphans);
    }
  }
}
