package io.datrang.replication.writes;

import io.datrang.storage.Storage;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Files of rows that are not published yet, {@code staging/<xid>-<first row>.rows} below the data
 * directory.
 *
 * <p>A file is a sequence of blocks: first row id (8 bytes, big endian), number of rows (4), length
 * of the block (4), the block.
 */
final class StagingDirectory {
  private static final String SUFFIX = ".rows";

  private final Path directory;

  StagingDirectory(Path dataDirectory) {
    directory = dataDirectory.resolve(Storage.STAGING_DIRECTORY);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + directory, e);
    }
  }

  Path key() {
    return directory.resolve("key");
  }

  Path file(String name) {
    if (!name.matches("[0-9]+-[0-9]+\\" + SUFFIX)) {
      throw new IllegalArgumentException("\"" + name + "\" is no staged file");
    }
    return directory.resolve(name);
  }

  static String name(long xid, long firstRow) {
    return Long.toUnsignedString(xid) + "-" + firstRow + SUFFIX;
  }

  /** The transaction a file belongs to. */
  static String xid(String name) {
    return name.substring(0, name.indexOf('-'));
  }

  List<String> names() {
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names = new ArrayList<>();
      files
          .map(f -> f.getFileName().toString())
          .filter(n -> n.endsWith(SUFFIX))
          .forEach(names::add);
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  void delete(String name) {
    try {
      Files.deleteIfExists(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the staged file " + name, e);
    }
  }

  StagedFile create(String name) throws IOException {
    return new StagedFile(file(name));
  }

  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Reads the blocks in order. */
  void read(String name, Consumer<RowBlock> consumer) {
    try (InputStream stream = Files.newInputStream(file(name));
        DataInputStream in = new DataInputStream(new BufferedInputStream(stream, 1 << 16))) {
      while (in.available() > 0) {
        long firstRow = in.readLong();
        int rows = in.readInt();
        byte[] bytes = in.readNBytes(in.readInt());
        consumer.accept(new RowBlock(firstRow, rows, bytes));
      }
    } catch (NoSuchFileException e) {
      throw new IllegalStateException("the staged file " + name + " is missing", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the staged file " + name, e);
    }
  }
}
