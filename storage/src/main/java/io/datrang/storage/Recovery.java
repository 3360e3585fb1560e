package io.datrang.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.datrang.storage.files.FilesUnavailableException;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.iceberg.IcebergHistory;
import io.datrang.storage.iceberg.IcebergInspection;
import io.datrang.storage.iceberg.IcebergPointers;
import io.datrang.storage.iceberg.IcebergProblem;
import io.datrang.storage.parquet.Checksums;
import io.datrang.types.Lsn;
import io.datrang.types.RowId;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores tables from the catalog when storage starts, and finds files the catalog does not know:
 * what a crash left behind.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final StorageConfig config;
  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final IcebergHistory history;

  /** All files there are, with their sizes. */
  private Map<Path, Long> there;

  /** Of the files of tables that were stopped, by file id. */
  private final Map<Long, List<Checksums.Part>> checksums = new HashMap<>();

  private Lsn durable;
  private List<Path> orphans;

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
    there = config.files().list(config.dataDirectory());
    checkDirectory(stored);
    config.files().claim(owner(catalog));
    learnContents(catalog, stored);
    durable = catalog.durableAtStart();
    Set<Path> icebergFiles = icebergFiles(catalog, stored);
    findOrphans(stored, icebergFiles);
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
    EngineDatabase.run(connection, DeletedPositions.definition(schema.tableId()));
    String damage = loadVectors(connection, stored);
    boolean wasDamaged = stored.state().equals("streaming") && stored.error() != null;
    if (damage == null && wasDamaged) {
      damage = stillDamaged(stored);
    }
    if (damage != null) {
      LOG.error("table {} is stopped: {}", schema.tableName(), damage);
      damage += Repair.of(schema);
    }
    if (stored.frozenLsn() == null && RowId.isKeyOf(schema) && (damage != null || wasDamaged)) {
      return MirrorTable.damagedNative(schema, stored.files(), stored.snapshotLsn(), damage);
    }
    if (damage != null) {
      Lsn at = stored.frozenLsn() == null ? durable : stored.frozenLsn();
      return MirrorTable.damaged(schema, at, damage);
    }
    return stored.frozenLsn() == null
        ? MirrorTable.streaming(schema, stored.files(), stored.snapshotLsn())
        : MirrorTable.frozen(schema, stored.files(), stored.frozenLsn(), stored.error());
  }

  /** Reads all files of a table of which one was damaged. */
  private String stillDamaged(Catalog.StoredTable stored) {
    FileCheck check = new FileCheck(stored.schema(), config.files());
    for (DataFile file : stored.files()) {
      check.file(file, checksums.getOrDefault(file.fileId(), List.of()), file.index());
    }
    return firstDamage(check);
  }

  private static String firstDamage(FileCheck check) {
    return check.problems().stream()
        .filter(FileProblem::damaged)
        .map(FileProblem::message)
        .findFirst()
        .orElse(null);
  }

  /** Answers what is wrong with a table's files, or null. */
  private String loadVectors(DuckDBConnection connection, Catalog.StoredTable stored)
      throws SQLException {
    for (FileProblem problem : FileCheck.presence(stored.files(), this::bytes)) {
      return problem.message();
    }
    for (DataFile file : stored.files()) {
      if (stored.doubtful().contains(file.fileId())) {
        LOG.error(
            "rows of the index of file {} have been changed: it is read without, until {}",
            file.path(),
            "datrang.reindex() has made them anew");
        FileCheck check = new FileCheck(stored.schema(), config.files());
        check.file(file, List.of(), file.index()); // for its number of rows
        if (firstDamage(check) != null) {
          return firstDamage(check);
        }
      }
      if (file.vector() != null) {
        PositionDeleteIndex positions;
        try {
          positions = DeletionVectorFile.read(file.path(), file.vector(), config.files());
        } catch (FilesUnavailableException e) {
          throw e;
        } catch (RuntimeException e) {
          endIfInterrupted(e);
          return new FileProblem(file.vector().path(), file.vector().offset(), e.getMessage(), true)
              .message();
        }
        DeletedPositions.load(
            connection, allocator, stored.schema().tableId(), file.key(), positions);
      }
    }
    return null;
  }

  /** A sidecar that is told to end while it starts has not met a damaged file. */
  private static void endIfInterrupted(RuntimeException failure) {
    if (Thread.currentThread().isInterrupted()) {
      throw new StorageException("stopped while the tables were restored", failure);
    }
  }

  /** A directory without any of the files is the wrong one, or not mounted. */
  private void checkDirectory(List<Catalog.StoredTable> stored) {
    List<DataFile> files = stored.stream().flatMap(t -> t.files().stream()).toList();
    if (!files.isEmpty() && files.stream().noneMatch(f -> bytes(f.path()) >= 0)) {
      throw new StorageException(
          "none of the %d files of the catalog is in %s; is it the right directory, and mounted?"
              .formatted(files.size(), config.files().location(config.dataDirectory())));
    }
  }

  /** Tells this installation's files from another's; made from a secret that came with it. */
  private static UUID owner(Catalog catalog) {
    UUID[] owner = new UUID[1];
    catalog.transaction(
        "read whose files these are",
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery("SELECT message_key::text FROM datrang.sidecar")) {
            row.next();
            owner[0] = UUID.nameUUIDFromBytes(row.getString(1).getBytes(UTF_8));
          }
        });
    return owner[0];
  }

  private long bytes(Path file) {
    return there.getOrDefault(file, -1L);
  }

  private void learnContents(Catalog catalog, List<Catalog.StoredTable> stored) {
    catalog.transaction(
        "read the files' checksums",
        connection -> {
          for (Catalog.StoredTable table : stored) {
            Map<Long, List<Checksums.Part>> parts =
                StoredFiles.checksums(connection, table.schema().tableId());
            if (table.error() != null) {
              checksums.putAll(parts);
            }
            for (DataFile file : table.files()) {
              List<Checksums.Part> its = parts.getOrDefault(file.fileId(), List.of());
              config.files().know(file.path(), file.bytes(), its);
            }
          }
        });
  }

  private Set<Path> icebergFiles(Catalog catalog, List<Catalog.StoredTable> stored) {
    Set<Path> known = new HashSet<>();
    catalog.transaction(
        "read the Iceberg metadata",
        connection -> {
          for (Catalog.StoredTable each : stored) {
            Path directory = TableDirectory.of(config.dataDirectory(), each.schema().tableId());
            Optional<IcebergProblem> problem =
                new IcebergInspection(connection, each.schema(), directory, config.files()).left();
            if (problem.isEmpty()) {
              problem = learn(connection, each.schema(), directory, known);
            }
            if (problem.isPresent()) {
              LOG.error("table {}: {}", each.schema().tableName(), problem.get().message());
              known.addAll(config.files().list(directory).keySet());
            }
          }
        });
    return known;
  }

  private Optional<IcebergProblem> learn(
      Connection connection, TableSchema schema, Path directory, Set<Path> known) {
    try {
      known.addAll(IcebergPointers.load(connection, schema, directory, history));
      return Optional.empty();
    } catch (FilesUnavailableException e) {
      throw e;
    } catch (RuntimeException e) {
      endIfInterrupted(e);
      Optional<IcebergProblem> problem =
          new IcebergInspection(connection, schema, directory, config.files()).damage();
      if (problem.isEmpty()) {
        throw e;
      }
      return problem;
    }
  }

  private void findOrphans(List<Catalog.StoredTable> stored, Set<Path> icebergFiles) {
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
    orphans =
        there.keySet().stream().filter(f -> !known.contains(f) && !f.startsWith(staging)).toList();
  }

  /** Removes the files that the catalog did not know when it was read. */
  void removeOrphans() {
    if (!orphans.isEmpty()) {
      LOG.info(
          "removing {} files the catalog does not know, but for young objects", orphans.size());
      config.files().removeOrphans(orphans);
    }
  }
}
