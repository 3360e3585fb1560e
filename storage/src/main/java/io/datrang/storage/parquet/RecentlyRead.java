package io.datrang.storage.parquet;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Parts of files that were read lately, up to a number of bytes. What is kept never changes.
 * Thread-safe; two threads may read the same part at once.
 */
public final class RecentlyRead implements FileParts {
  /** A part of a file, and about what it takes in memory. */
  public record Part<T>(T value, long bytes) {}

  /** Reads a part. */
  public interface Source<T> {
    Part<T> read() throws IOException;
  }

  /** What an entry takes besides its value. */
  private static final long ENTRY_BYTES = 200;

  private final Map<Object, Part<?>> parts = new LinkedHashMap<>(16, 0.75f, true);
  private final LongSupplier bytesMax;
  private long bytes;

  /**
   * @param bytesMax what it may take, which may change
   */
  public RecentlyRead(LongSupplier bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** What is in memory, for those who must not wait: nothing is read for them. */
  public FileParts kept() {
    return new Kept();
  }

  /** The part of that name, read if it is not here. */
  @Override
  public <T> T get(Object key, Source<T> source) throws IOException {
    T there = there(key);
    if (there != null) {
      return there;
    }
    Part<T> read = source.read();
    synchronized (parts) {
      Part<?> before = parts.put(key, read);
      bytes += size(read) - (before == null ? 0 : size(before));
      long max = bytesMax.getAsLong();
      for (Iterator<Part<?>> oldest = parts.values().iterator(); bytes > max; ) {
        bytes -= size(oldest.next());
        oldest.remove();
      }
    }
    return read.value();
  }

  @SuppressWarnings("unchecked") // a key names parts of one kind
  private <T> T there(Object key) {
    synchronized (parts) {
      Part<?> there = parts.get(key);
      return there == null ? null : (T) there.value();
    }
  }

  @Override
  public boolean has(Object key) {
    return there(key) != null;
  }

  @Override
  public FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  private final class Kept implements FileParts {
    @Override
    public <T> T get(Object key, Source<T> source) {
      T there = there(key);
      if (there == null) {
        throw NotKeptException.INSTANCE;
      }
      return there;
    }

    @Override
    public boolean has(Object key) {
      return RecentlyRead.this.has(key);
    }

    @Override
    public FileChannel open(Path file) {
      throw NotKeptException.INSTANCE;
    }
  }

  private static long size(Part<?> part) {
    return part.bytes() + ENTRY_BYTES;
  }
}
