package io.datrang.storage.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.datrang.storage.FullDisk;
import io.datrang.storage.StorageException;
import io.datrang.storage.files.DiskCache.Entry;
import io.datrang.storage.parquet.Checksums;
import io.datrang.storage.parquet.WrittenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An object store keeps the files; the data directory is a cache of it. A file is written at its
 * path first and then sent; what is read is fetched whole, verified, and stays until there is no
 * room.
 */
public final class ObjectFiles implements FileStore {
  /** An object with the id of the installation whose objects these are. */
  private static final String OWNER = "datrang.owner";

  /** Objects younger than this are not taken for left behind: a copy of the server may use them. */
  private static final Duration ORPHAN_AGE = Duration.ofHours(24);

  private static final Pattern OURS = Pattern.compile("t\\d+/(data|metadata)/.+");

  /** What should be in a file. */
  private record Content(long bytes, List<Checksums.Part> parts) {}

  private final Path directory;
  private final String base;
  private final ObjectTransfer objects;
  private final Duration orphanAge;
  private final DiskCache cache;
  private final LocalFiles local = new LocalFiles();
  private final Map<Path, Content> contents = new ConcurrentHashMap<>();

  private ObjectFiles(
      Path directory, ObjectStoreConfig config, ObjectTransfer objects, Duration orphanAge) {
    this.directory = directory;
    this.orphanAge = orphanAge;
    this.base = config.location();
    this.objects = objects;
    this.cache = new DiskCache(config.cacheBytesMax(), this::load);
    tableDirectories().forEach(each -> local.list(each).forEach(cache::putUnverified));
  }

  private List<Path> tableDirectories() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(each -> each.getFileName().toString().matches("t\\d+")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Connects lazily: nothing is asked of the object store before it is needed.
   *
   * @param directory the local disk's part
   */
  public static ObjectFiles open(Path directory, ObjectStoreConfig config) {
    return open(directory, config, ORPHAN_AGE);
  }

  /**
   * As above.
   *
   * @param orphanAge of objects that are removed when nobody knows them
   */
  public static ObjectFiles open(Path directory, ObjectStoreConfig config, Duration orphanAge) {
    Path absolute = directory.toAbsolutePath().normalize();
    return new ObjectFiles(absolute, config, ObjectTransfer.open(config, absolute), orphanAge);
  }

  @Override
  public String location(Path file) {
    return base + "/" + directory.relativize(file);
  }

  @Override
  public Path path(String location) {
    if (!location.startsWith(base + "/")) {
      return local.path(location); // of a time before the object store
    }
    return directory.resolve(location.substring(base.length() + 1));
  }

  @Override
  public void keep(WrittenFile file) {
    send(file.path());
    know(file.path(), file.bytes(), file.parts());
    cache.put(file.path(), file.bytes());
  }

  @Override
  public void keep(Collection<Path> files) {
    for (Path file : files) {
      cache.put(file, send(file));
    }
  }

  private long send(Path file) {
    objects.put(file, location(file));
    return size(file);
  }

  @Override
  public void know(Path file, long bytes, List<Checksums.Part> parts) {
    contents.put(file, new Content(bytes, parts));
  }

  @Override
  public long bytes(Path file) {
    return objects.bytes(location(file));
  }

  /** Both what is kept and what is left on the local disk; the sizes are those of what is kept. */
  @Override
  public Map<Path, Long> list(Path below) {
    Map<Path, Long> files = new HashMap<>();
    local.list(below).forEach((file, bytes) -> files.put(file, -1L));
    String prefix = below.equals(directory) ? base : location(below);
    objects.list(prefix + "/").forEach((location, bytes) -> files.put(path(location), bytes));
    return files;
  }

  @Override
  public void remove(Collection<Path> files) {
    List<String> locations = new ArrayList<>();
    for (Path file : files) {
      contents.remove(file);
      cache.remove(file);
      locations.add(location(file));
    }
    objects.remove(locations);
  }

  @Override
  public boolean doubtCopy(Path file, long bytesMin) {
    boolean kept = bytes(file) >= bytesMin;
    if (kept) {
      cache.doubt(file);
    }
    return kept;
  }

  @Override
  public void claim(UUID owner) {
    String location = base + "/" + OWNER;
    byte[] found = objects.read(location);
    if (found == null && objects.list(base + "/").isEmpty()) {
      objects.write(location, owner.toString().getBytes(UTF_8));
    } else if (found == null) {
      throw new StorageException(
          base + " has objects and does not say whose: it must be empty, or have " + OWNER);
    } else if (!new String(found, UTF_8).strip().equals(owner.toString())) {
      throw new StorageException(base + " has the objects of another installation: see " + OWNER);
    }
  }

  /** Those of an earlier start are old enough at one of the next. */
  @Override
  public void removeOrphans(Collection<Path> files) {
    Map<String, Long> written = objects.written(base + "/");
    long newest = System.currentTimeMillis() - orphanAge.toMillis();
    remove(
        files.stream()
            .filter(file -> OURS.matcher(directory.relativize(file).toString()).matches())
            .filter(file -> written.getOrDefault(location(file), 0L) <= newest)
            .toList());
  }

  @Override
  public void afterFailure(Throwable failure) {
    if (FullDisk.isReasonOf(failure)) {
      cache.giveWay();
    }
  }

  private CompletableFuture<Long> load(Path file) {
    Content content = contents.get(file);
    return objects.fetch(
        location(file),
        file,
        content == null ? -1 : content.bytes(),
        content == null ? List.of() : content.parts());
  }

  @Override
  public ObjectFigures figures() {
    return objects.figures(cache);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Use forQuery() {
    return new Held(true);
  }

  @Override
  public Use forWork() {
    return new Held(false);
  }

  @Override
  public void close() {
    objects.close();
  }

  private final class Held implements Use {
    private final boolean bounded;
    private final Map<Path, Entry> held = new HashMap<>();

    private Held(boolean bounded) {
      this.bounded = bounded;
    }

    @Override
    public void add(Collection<Path> files) {
      Map<Path, Long> sizes = missing(files);
      List<Entry> twice = new ArrayList<>();
      List<Entry> acquired = cache.acquire(sizes, bounded);
      synchronized (held) {
        for (Entry entry : acquired) {
          if (held.putIfAbsent(entry.file(), entry) != null) {
            twice.add(entry);
          }
        }
      }
      cache.release(twice);
    }

    @Override
    public Use again() {
      return new Held(bounded);
    }

    private Map<Path, Long> missing(Collection<Path> files) {
      Map<Path, Long> sizes = new HashMap<>();
      synchronized (held) {
        for (Path file : files) {
          if (!held.containsKey(file)) {
            Content content = contents.get(file);
            sizes.put(file, content == null ? 0 : content.bytes());
          }
        }
      }
      return sizes;
    }

    @Override
    public void close() {
      synchronized (held) {
        cache.release(held.values());
        held.clear();
      }
    }
  }
}
