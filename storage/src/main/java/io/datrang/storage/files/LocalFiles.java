package io.datrang.storage.files;

import io.datrang.storage.StorageException;
import io.datrang.storage.parquet.Checksums;
import io.datrang.storage.parquet.WrittenFile;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The local disk keeps the files. */
public final class LocalFiles implements FileStore {
  private static final Logger LOG = LoggerFactory.getLogger(LocalFiles.class);

  private static final Use ALWAYS_THERE =
      new Use() {
        @Override
        public void add(Collection<Path> files) {}

        @Override
        public Use again() {
          return this;
        }

        @Override
        public void close() {}
      };

  @Override
  public String location(Path file) {
    return file.toString();
  }

  @Override
  public Path path(String location) {
    return location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location);
  }

  /** Its writer has forced it. */
  @Override
  public void keep(WrittenFile file) {}

  @Override
  public void keep(Collection<Path> files) {
    Set<Path> directories = new LinkedHashSet<>();
    for (Path file : files) {
      force(file);
      directories.add(file.getParent());
    }
    directories.forEach(LocalFiles::force);
  }

  /** Puts a file or a directory on stable storage. */
  private static void force(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw new StorageException("cannot write " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void know(Path file, long bytes, List<Checksums.Part> parts) {}

  @Override
  public long bytes(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return -1;
    } catch (IOException e) {
      throw new FilesUnavailableException("cannot look at " + file + ": " + e.getMessage(), e);
    }
  }

  /** Files that vanish meanwhile may be missing. */
  @Override
  public Map<Path, Long> list(Path directory) {
    Map<Path, Long> files = new LinkedHashMap<>();
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              files.put(file, attributes.size());
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw new StorageException("cannot list " + directory + ": " + e.getMessage(), e);
    }
    return files;
  }

  @Override
  public void remove(Collection<Path> files) {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.warn("cannot remove {}: {}", file, e.toString());
      }
    }
  }

  @Override
  public Use forQuery() {
    return ALWAYS_THERE;
  }

  @Override
  public Use forWork() {
    return ALWAYS_THERE;
  }

  @Override
  public void close() {}
}
