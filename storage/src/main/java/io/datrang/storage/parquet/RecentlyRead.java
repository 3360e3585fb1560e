package io.datrang.storage.parquet;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Parts of files that were read lately, up to a number of bytes. What is kept never changes.
 * Thread-safe; two threads may read the same part at once.
 */
public final class RecentlyRead {
  /** A part of a file, and about what it takes in memory. */
  public record Part<T>(T value, long bytes) {}

  /** Reads a part. */
  public interface Source<T> {
    Part<T> read() throws IOException;
  }

  /** What an entry takes besides its value. */
  private static final long ENTRY_BYTES = 200;

  private final Map<Object, Part<?>> parts = new LinkedHashMap<>(16, 0.75f, true);
  private final long bytesMax;
  private long bytes;

  public RecentlyRead(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** The part of that name, read if it is not here. */
  @SuppressWarnings("unchecked") // a key names parts of one kind
  public <T> T get(Object key, Source<T> source) throws IOException {
    synchronized (parts) {
      Part<?> there = parts.get(key);
      if (there != null) {
        return (T) there.value();
      }
    }
    Part<T> read = source.read();
    synchronized (parts) {
      Part<?> before = parts.put(key, read);
      bytes += size(read) - (before == null ? 0 : size(before));
      for (Iterator<Part<?>> oldest = parts.values().iterator(); bytes > bytesMax; ) {
        bytes -= size(oldest.next());
        oldest.remove();
      }
    }
    return read.value();
  }

  private static long size(Part<?> part) {
    return part.bytes() + ENTRY_BYTES;
  }
}
