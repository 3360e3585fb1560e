package io.datrang.storage.files;

import io.datrang.storage.FullDisk;
import io.datrang.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which files are on the local disk, who uses them, and which have to go. Thread-safe; never waits
 * for the network under its lock. What is in use stays, and counts.
 */
final class DiskCache {
  private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);

  /** Brings a file to its path, verified; answers its size. */
  interface Loader {
    CompletableFuture<Long> load(Path file);
  }

  /** A file that is there, or on its way. */
  static final class Entry {
    private final Path file;

    /** Null before it is known to be what it should be. */
    private CompletableFuture<Long> there;

    private long bytes;
    private int users;

    private Entry(Path file, CompletableFuture<Long> there, long bytes) {
      this.file = file;
      this.there = there;
      this.bytes = bytes;
    }

    Path file() {
      return file;
    }
  }

  private final long bytesMax;
  private final Loader loader;

  /** From the one used longest ago to the last used one. */
  private final Map<Path, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;
  private long hits;
  private long misses;
  private long evictions;

  DiskCache(long bytesMax, Loader loader) {
    this.bytesMax = bytesMax;
    this.loader = loader;
  }

  /** Takes in a file that is at its path, and kept in the object store. */
  synchronized void put(Path file, long size) {
    Entry entry = new Entry(file, CompletableFuture.completedFuture(size), size);
    if (entries.putIfAbsent(file, entry) == null) {
      bytes += size;
      evict();
    }
  }

  /** With the figures of what fills it. */
  synchronized ObjectFigures figures(
      long requests, long retries, long sentBytes, long fetchedBytes) {
    return new ObjectFigures(
        requests, retries, sentBytes, fetchedBytes, bytes, bytesMax, hits, misses, evictions);
  }

  /**
   * Takes in a file that was at its path before, and is verified when it is used. Nothing has to go
   * for it: whether the object store has these files is not known yet.
   */
  synchronized void putUnverified(Path file, long size) {
    if (entries.putIfAbsent(file, new Entry(file, null, size)) == null) {
      bytes += size;
    }
  }

  /**
   * Has files at their paths; returns when they are there. The caller releases the answer.
   *
   * @param sizes of the files, as far as they are known
   * @param bounded whether more than there is room for is refused
   */
  List<Entry> acquire(Map<Path, Long> sizes, boolean bounded) {
    List<Entry> held = new ArrayList<>();
    List<Entry> loading = new ArrayList<>();
    synchronized (this) {
      if (bounded) {
        checkRoom(sizes);
      }
      for (Map.Entry<Path, Long> each : sizes.entrySet()) {
        Entry entry = entries.get(each.getKey());
        if (entry != null && entry.there != null) {
          hits++;
        } else {
          misses++;
          entry = load(each.getKey(), each.getValue());
          loading.add(entry);
        }
        entry.users++;
        held.add(entry);
      }
      evict();
      for (Entry each : loading) {
        // Who wanted it may be gone when it comes, or it may be larger than it was said to be.
        var unused = each.there.whenComplete((size, failure) -> trim());
      }
    }
    try {
      for (Entry each : held) {
        await(each.there);
      }
      return held;
    } catch (RuntimeException e) {
      release(held);
      throw e;
    }
  }

  private void checkRoom(Map<Path, Long> sizes) {
    long inUse = 0;
    long needed = 0;
    for (Map.Entry<Path, Entry> each : entries.entrySet()) {
      inUse += each.getValue().users > 0 ? each.getValue().bytes : 0;
    }
    for (Map.Entry<Path, Long> each : sizes.entrySet()) {
      Entry entry = entries.get(each.getKey());
      needed += entry == null ? each.getValue() : entry.users > 0 ? 0 : entry.bytes;
    }
    if (inUse + needed > bytesMax && needed > 0) {
      throw new CacheTooSmallException(needed, inUse, bytesMax);
    }
  }

  private Entry load(Path file, long size) {
    Entry entry = entries.computeIfAbsent(file, f -> new Entry(f, null, 0));
    bytes += size - entry.bytes;
    entry.bytes = size;
    entry.there = fetch(entry).whenComplete((real, failure) -> loaded(entry, real));
    return entry;
  }

  /** What nobody uses goes when there is no room for what somebody needs. */
  private CompletableFuture<Long> fetch(Entry entry) {
    return loader
        .load(entry.file)
        .exceptionallyCompose(
            failure ->
                FullDisk.isReasonOf(failure) && giveWay(entry)
                    ? fetch(entry)
                    : CompletableFuture.failedFuture(failure));
  }

  /** Answers whether anything has gone. */
  private synchronized boolean giveWay(Entry needed) {
    return evict(needed, Math.max(0, bytes - Math.max(1, needed.bytes)));
  }

  /** Lets half of what is here go, as far as nobody uses it: others cannot write. */
  synchronized void giveWay() {
    evict(null, bytes / 2);
  }

  private synchronized void loaded(Entry entry, Long real) {
    if (entries.get(entry.file) != entry) {
      return;
    }
    if (real == null) {
      entries.remove(entry.file); // who holds it has failed; the next one tries again
      bytes -= entry.bytes;
    } else {
      bytes += real - entry.bytes;
      entry.bytes = real;
    }
  }

  private static void await(CompletableFuture<Long> load) {
    try {
      Patience.await(load);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FilesUnavailableException("interrupted while files were fetched", e);
    } catch (ExecutionException | CompletionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof StorageException && !(cause instanceof FilesUnavailableException)) {
        throw new StorageException(cause.getMessage(), cause);
      }
      throw new FilesUnavailableException(cause.getMessage(), cause);
    }
  }

  synchronized void release(Collection<Entry> held) {
    held.forEach(entry -> entry.users--);
    evict();
  }

  /** Lets a file that is there be verified when it is used next; who uses it now goes on. */
  synchronized void doubt(Path file) {
    Entry entry = entries.get(file);
    if (entry != null && entry.there != null && entry.there.isDone()) {
      entry.there = null;
    }
  }

  /** Forgets a file that is removed for good. */
  synchronized void remove(Path file) {
    Entry entry = entries.remove(file);
    bytes -= entry == null ? 0 : entry.bytes;
    delete(file);
  }

  private synchronized void trim() {
    evict();
  }

  private void evict() {
    evict(null, bytesMax);
  }

  /**
   * Lets what was used longest ago go until no more than this is left; answers whether anything has
   * gone.
   *
   * @param but stays, or null
   */
  private boolean evict(Entry but, long bytesLeft) {
    boolean gone = false;
    for (Iterator<Map.Entry<Path, Entry>> each = entries.entrySet().iterator();
        bytes > bytesLeft && each.hasNext(); ) {
      Map.Entry<Path, Entry> oldest = each.next();
      if (oldest.getValue() != but && isIdle(oldest.getValue())) {
        each.remove();
        bytes -= oldest.getValue().bytes;
        evictions++;
        delete(oldest.getKey());
        gone = true;
      }
    }
    return gone;
  }

  private static boolean isIdle(Entry entry) {
    return entry.users == 0 && (entry.there == null || entry.there.isDone());
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("cannot remove {}: {}", file, e.toString());
    }
  }
}
