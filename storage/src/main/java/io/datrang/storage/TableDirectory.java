package io.datrang.storage;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
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

  /** Removes files; one that cannot be removed is left to the next start. */
  static void remove(Collection<Path> files) {
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
    return filesUnder(of(dataDirectory, tableId));
  }

  /** All files under a directory; those that vanish meanwhile may be missing. */
  static List<Path> filesUnder(Path directory) {
    List<Path> files = new ArrayList<>();
    walk(directory, files, new ArrayList<>());
    return files;
  }

  /** Removes a table's directory and all in it. */
  static void removeTree(Path dataDirectory, long tableId) {
    List<Path> files = new ArrayList<>();
    List<Path> directories = new ArrayList<>();
    walk(of(dataDirectory, tableId), files, directories);
    remove(files);
    remove(directories);
  }

  /** Collects files, and directories from the inside out. */
  private static void walk(Path directory, List<Path> files, List<Path> directories) {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              files.add(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException e) {
              directories.add(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new StorageException("cannot list " + directory + ": " + e.getMessage(), e);
    }
  }
}
