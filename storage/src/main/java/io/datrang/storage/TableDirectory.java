package io.datrang.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where tables' files are: {@code <data directory>/t<table id>/data} holds Parquet files and
 * deletion vectors, {@code …/metadata} what Iceberg needs. Names are never used twice.
 */
final class TableDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(TableDirectory.class);

  private TableDirectory() {}

  static Path of(Path dataDirectory, long tableId) {
    return dataDirectory.resolve("t" + tableId);
  }

  static Path newDataFile(Path dataDirectory, long tableId) {
    return of(dataDirectory, tableId).resolve("data/" + UUID.randomUUID() + ".parquet");
  }

  static Path newVectorFile(Path dataDirectory, long tableId) {
    return of(dataDirectory, tableId).resolve("data/" + UUID.randomUUID() + "-deletes.puffin");
  }

  /** Removes files; one that cannot be removed is left to the next start. */
  static void remove(List<Path> files) {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.warn("cannot remove {}: {}", file, e.toString());
      }
    }
  }

  /** All files there are of a table now. */
  static List<Path> files(Path dataDirectory, long tableId) {
    Path directory = of(dataDirectory, tableId);
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new StorageException("cannot list " + directory + ": " + e.getMessage(), e);
    }
  }

  static void removeTree(Path dataDirectory, long tableId) {
    Path directory = of(dataDirectory, tableId);
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      remove(all.sorted(Comparator.reverseOrder()).toList());
    } catch (IOException e) {
      LOG.warn("cannot remove {}: {}", directory, e.toString());
    }
  }
}
