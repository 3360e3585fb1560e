package io.datrang.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
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

  /** Removes a table's directories, when no files are left in them. */
  static void removeEmpty(Path dataDirectory, long tableId) {
    Path directory = of(dataDirectory, tableId);
    for (Path each : List.of(directory.resolve("data"), directory.resolve("metadata"), directory)) {
      try {
        Files.deleteIfExists(each);
      } catch (IOException e) {
        LOG.debug("{} stays", each, e);
      }
    }
  }
}
