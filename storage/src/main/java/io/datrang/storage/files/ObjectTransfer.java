package io.datrang.storage.files;

import io.datrang.storage.StorageException;
import io.datrang.storage.parquet.Checksums;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.BulkDeletionFailureException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * Moves files between the local disk and the object store, through Iceberg's own access to it.
 * Thread-safe. Large files are fetched in ranges by the threads {@code datrang-fetch}; what fails
 * is tried again, later each time.
 */
final class ObjectTransfer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectTransfer.class);
  private static final int FETCHES_MAX = 8;
  private static final int RANGE_BYTES = 8 << 20;
  private static final int ATTEMPTS = 5;
  private static final long PAUSE_MS = 100;
  private static final String PARTIAL = ".part";

  /** A piece of work with the object store. */
  private interface Attempt<T> {
    T run() throws IOException;
  }

  private final S3FileIO io;
  private final ExecutorService threads;
  private final LongAdder requests = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder fetchedBytes = new LongAdder();

  private ObjectTransfer(S3FileIO io) {
    this.io = io;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            FETCHES_MAX,
            work -> {
              Thread thread = new Thread(work, "datrang-fetch-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * @param directory where what is sent may be put together
   */
  static ObjectTransfer open(ObjectStoreConfig config, Path directory) {
    S3FileIO io = ObjectStoreClient.open(config, directory.resolve("temp"));
    return new ObjectTransfer(io);
  }

  /** Sends a file. */
  void put(Path file, String location) {
    retried(
        "write " + location,
        () -> {
          try (InputStream in = Files.newInputStream(file);
              OutputStream out = io.newOutputFile(location).createOrOverwrite()) {
            sentBytes.add(in.transferTo(out));
          }
          return null;
        });
  }

  /** Writes a small object. */
  void write(String location, byte[] content) {
    retried(
        "write " + location,
        () -> {
          try (OutputStream out = io.newOutputFile(location).createOrOverwrite()) {
            out.write(content);
          }
          return null;
        });
  }

  /** A small object's content; null when there is no such object. */
  byte[] read(String location) {
    return retried(
        "read " + location,
        () -> {
          InputFile file = io.newInputFile(location);
          if (!file.exists()) {
            return null;
          }
          try (InputStream in = file.newStream()) {
            return in.readAllBytes();
          }
        });
  }

  /** When all objects with this prefix were written, in ms. */
  Map<String, Long> written(String prefix) {
    return retried(
        "list " + prefix,
        () -> {
          Map<String, Long> objects = new HashMap<>();
          for (FileInfo each : io.listPrefix(prefix)) {
            objects.put(each.location(), each.createdAtMillis());
          }
          return objects;
        });
  }

  /** Size of an object, or -1 when there is none. */
  long bytes(String location) {
    return retried(
        "look at " + location,
        () -> {
          InputFile file = io.newInputFile(location);
          return file.exists() ? file.getLength() : -1;
        });
  }

  /** All objects with this prefix, with their sizes. */
  Map<String, Long> list(String prefix) {
    return retried(
        "list " + prefix,
        () -> {
          Map<String, Long> objects = new HashMap<>();
          for (FileInfo each : io.listPrefix(prefix)) {
            objects.put(each.location(), each.size());
          }
          return objects;
        });
  }

  /** Removes objects; what cannot be removed is left to the next start. */
  void remove(Collection<String> locations) {
    try {
      io.deleteFiles(locations);
    } catch (BulkDeletionFailureException | SdkException e) {
      LOG.warn("cannot remove {} objects: {}", locations.size(), e.toString());
    }
  }

  /**
   * Brings an object to a path, all of it or nothing; what is there already is only verified.
   *
   * @param bytes what its size must be, -1 when that is not known
   * @param parts checksums it must have
   * @return its size
   */
  CompletableFuture<Long> fetch(
      String location, Path file, long bytes, List<Checksums.Part> parts) {
    Path partial = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + PARTIAL);
    return CompletableFuture.supplyAsync(() -> isThere(file, bytes, parts), threads)
        .thenComposeAsync( // not by the caller, who may hold a lock
            there ->
                there
                    ? CompletableFuture.completedFuture(bytes)
                    : fetchAll(location, partial, file, bytes, parts),
            threads);
  }

  private CompletableFuture<Long> fetchAll(
      String location, Path partial, Path file, long bytes, List<Checksums.Part> parts) {
    long size = bytes(location, bytes);
    return fetchRanges(location, partial, size)
        .thenApply(nothing -> finish(location, partial, file, size, parts))
        .whenComplete((done, failure) -> removePartial(partial, failure));
  }

  /** What nothing is known of is not believed. */
  private static boolean isThere(Path file, long size, List<Checksums.Part> parts) {
    if (parts.isEmpty()) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.size() == size && firstWrong(channel, parts) == null;
    } catch (IOException e) {
      return false;
    }
  }

  private static Checksums.Part firstWrong(FileChannel channel, List<Checksums.Part> parts)
      throws IOException {
    for (Checksums.Part part : parts) {
      if (Checksums.crc32c(channel, part.offset(), part.bytes()) != part.crc32c()) {
        return part;
      }
    }
    return null;
  }

  private long bytes(String location, long expected) {
    long size = bytes(location);
    if (size < 0) {
      throw new StorageException(location + ": it is missing");
    }
    if (expected >= 0 && size != expected) {
      throw new StorageException(
          location + ": it has %d bytes and should have %d".formatted(size, expected));
    }
    return size;
  }

  private CompletableFuture<Void> fetchRanges(String location, Path partial, long size) {
    try {
      Files.createDirectories(partial.getParent());
      Files.createFile(partial);
    } catch (IOException e) {
      throw new FilesUnavailableException("cannot create " + partial + ": " + e.getMessage(), e);
    }
    List<CompletableFuture<Void>> ranges = new ArrayList<>();
    for (long at = 0; at < size; at += RANGE_BYTES) {
      long from = at;
      int length = (int) Math.min(RANGE_BYTES, size - from);
      ranges.add(
          CompletableFuture.runAsync(() -> fetchRange(location, partial, from, length), threads));
    }
    return CompletableFuture.allOf(ranges.toArray(CompletableFuture[]::new));
  }

  private void fetchRange(String location, Path partial, long from, int length) {
    byte[] range = new byte[length];
    retried(
        "read " + location,
        () -> {
          try (SeekableInputStream in = io.newInputFile(location).newStream()) {
            ((RangeReadable) in).readFully(from, range);
            fetchedBytes.add(length);
          }
          return null;
        });
    try (FileChannel out = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(range);
      while (rest.hasRemaining()) {
        out.write(rest, from + rest.position());
      }
    } catch (IOException e) {
      throw new FilesUnavailableException("cannot write " + partial + ": " + e.getMessage(), e);
    }
  }

  private static long finish(
      String location, Path partial, Path file, long size, List<Checksums.Part> parts) {
    try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.READ)) {
      Checksums.Part wrong = firstWrong(channel, parts);
      if (wrong != null) {
        throw new StorageException(
            location
                + ": the %d bytes from %d on are not what was written"
                    .formatted(wrong.bytes(), wrong.offset()));
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      return size;
    } catch (IOException e) {
      throw new FilesUnavailableException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static void removePartial(Path partial, Throwable failure) {
    if (failure != null) {
      try {
        Files.deleteIfExists(partial);
      } catch (IOException e) {
        LOG.warn("cannot remove {}: {}", partial, e.toString());
      }
    }
  }

  /** With the figures of the cache. */
  ObjectFigures figures(DiskCache cache) {
    return cache.figures(requests.sum(), retries.sum(), sentBytes.sum(), fetchedBytes.sum());
  }

  private <T> T retried(String what, Attempt<T> attempt) {
    for (int failures = 0; ; ) {
      Exception failure;
      requests.increment();
      try {
        return attempt.run();
      } catch (NotFoundException | NoSuchKeyException e) {
        throw new StorageException("cannot " + what + ": it is missing", e);
      } catch (IOException | UncheckedIOException | SdkException e) {
        failure = e;
      }
      if (++failures == ATTEMPTS) {
        throw new FilesUnavailableException(
            "cannot " + what + ": " + failure.getMessage(), failure);
      }
      LOG.debug("cannot {}, trying again", what, failure);
      retries.increment();
      pause(failures, failure);
    }
  }

  private static void pause(int failures, Exception failure) {
    long longest = PAUSE_MS << failures;
    try {
      Thread.sleep(longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FilesUnavailableException(
          "interrupted after a failure: " + failure.getMessage(), failure);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    io.close();
  }
}
