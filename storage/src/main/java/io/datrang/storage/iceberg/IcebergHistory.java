package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;

/**
 * Which files the tables' retained Iceberg snapshots need. Iceberg's own clean-up is not used: it
 * removes a Puffin file with the first of its deletion vectors that goes. Guarded by the flush
 * lock, what readers ask for apart.
 */
public final class IcebergHistory {
  private final Duration retention;
  private final FileStore files;
  private final Map<Long, TableHistory> tables = new HashMap<>();

  /** The same for readers, who hold no lock. */
  private final Map<Long, List<PastState>> readable = new ConcurrentHashMap<>();

  /**
   * @param retention how long what was replaced stays readable
   * @param files keeps the files
   */
  public IcebergHistory(Duration retention, FileStore files) {
    this.retention = retention;
    this.files = files;
  }

  /** Why tables' metadata is left as it is. */
  private final Map<Long, IcebergProblem> problems = new ConcurrentHashMap<>();

  /** When they lacked a commit first, in milliseconds. */
  private final Map<Long, Long> leftSince = new ConcurrentHashMap<>();

  private static final class TableHistory {
    private final Map<Long, SnapshotFiles> snapshots = new HashMap<>();
    private final List<Gone> gone = new ArrayList<>();
  }

  private record SnapshotFiles(Path manifestList, Set<Path> manifests, long timestampMs) {}

  /** A file that snapshots older than {@code sequence} need. */
  private record Gone(Path path, long sequence) {}

  FileStore files() {
    return files;
  }

  /** Takes note of a commit; answers the files that nobody needs any more. */
  Set<Path> committed(IcebergChange change, TableMetadata metadata, FileIO io) {
    TableHistory table = tables.computeIfAbsent(change.table().tableId(), id -> new TableHistory());
    long sequence = metadata.lastSequenceNumber();
    for (Path path : filesGone(change)) {
      table.gone.add(new Gone(path, sequence));
    }
    Set<Path> unneeded = removeExpired(table, metadata, io);
    readable.put(change.table().tableId(), PastState.of(metadata, files));
    return unneeded;
  }

  /**
   * A table's retained states, oldest first, up to {@link #unknownSinceMs}. Their files stay while
   * a snapshot is pinned that was before these were asked for.
   */
  public List<PastState> states(long tableId) {
    return readable.getOrDefault(tableId, List.of());
  }

  /** From when on a table's states are not known; the end of time when all are. */
  public long unknownSinceMs(long tableId) {
    return leftSince.getOrDefault(tableId, Long.MAX_VALUE);
  }

  /** The retained states of all tables. */
  public Map<Long, List<PastState>> states() {
    return Map.copyOf(readable);
  }

  private static Set<Path> filesGone(IcebergChange change) {
    Set<Path> gone = paths(change.before());
    gone.removeAll(paths(change.after()));
    return gone;
  }

  private static Set<Path> paths(List<IcebergChange.TableFile> files) {
    Set<Path> paths = new HashSet<>();
    for (IcebergChange.TableFile file : files) {
      paths.add(file.path());
      if (file.vector() != null) {
        paths.add(file.vector().path());
      }
    }
    return paths;
  }

  private Set<Path> removeExpired(TableHistory table, TableMetadata metadata, FileIO io) {
    Set<Path> unneeded = new HashSet<>();
    Set<Long> retained = new HashSet<>();
    long oldest = Long.MAX_VALUE;
    for (Snapshot snapshot : metadata.snapshots()) {
      retained.add(snapshot.snapshotId());
      oldest = Math.min(oldest, snapshot.sequenceNumber());
      table.snapshots.computeIfAbsent(snapshot.snapshotId(), id -> files(snapshot, io));
    }
    for (Iterator<Map.Entry<Long, SnapshotFiles>> each = table.snapshots.entrySet().iterator();
        each.hasNext(); ) {
      Map.Entry<Long, SnapshotFiles> entry = each.next();
      if (!retained.contains(entry.getKey())) {
        unneeded.add(entry.getValue().manifestList());
        unneeded.addAll(entry.getValue().manifests());
        each.remove();
      }
    }
    table.snapshots.values().forEach(files -> unneeded.removeAll(files.manifests()));
    for (Iterator<Gone> each = table.gone.iterator(); each.hasNext(); ) {
      Gone file = each.next();
      if (file.sequence() <= oldest) {
        unneeded.add(file.path());
        each.remove();
      }
    }
    return unneeded;
  }

  private SnapshotFiles files(Snapshot snapshot, FileIO io) {
    Set<Path> manifests = new HashSet<>();
    for (ManifestFile manifest : snapshot.allManifests(io)) {
      manifests.add(files.path(manifest.path()));
    }
    return new SnapshotFiles(
        files.path(snapshot.manifestListLocation()), manifests, snapshot.timestampMillis());
  }

  /**
   * Snapshots from before this time are not needed: the one that was the newest at the beginning of
   * what is to be readable still is.
   */
  long cutoff(long tableId) {
    long oldest = System.currentTimeMillis() - retention.toMillis();
    TableHistory table = tables.get(tableId);
    if (table == null || retention.isZero()) {
      return oldest;
    }
    return table.snapshots.values().stream()
        .mapToLong(SnapshotFiles::timestampMs)
        .filter(time -> time <= oldest)
        .max()
        .orElse(oldest);
  }

  /** Whether a table has snapshots that are not needed. */
  public boolean canExpire(long tableId) {
    TableHistory table = tables.get(tableId);
    if (table == null || problems.containsKey(tableId)) {
      return false;
    }
    long cutoff = cutoff(tableId);
    long old = table.snapshots.values().stream().filter(s -> s.timestampMs() < cutoff).count();
    return old > 1 || old == 1 && table.snapshots.size() > 1;
  }

  /** Takes note of why a table's metadata is left as it is; answers whether that is new. */
  public boolean note(long tableId, IcebergProblem problem, long committedAtMs) {
    leftSince.putIfAbsent(tableId, committedAtMs);
    return !problem.equals(problems.put(tableId, problem));
  }

  /** Forgets a table that is dropped or copied anew. */
  public void forget(long tableId) {
    problems.remove(tableId);
    leftSince.remove(tableId);
    tables.remove(tableId);
    readable.remove(tableId);
  }

  /**
   * Learns a table's history when storage starts.
   *
   * @return all files that its metadata leads to
   */
  Set<Path> load(TableSchema schema, TableMetadata metadata, FileIO io) {
    TableHistory table = new TableHistory();
    tables.put(schema.tableId(), table);
    readable.put(schema.tableId(), PastState.of(metadata, files));
    Set<Path> known = new HashSet<>();
    known.add(files.path(metadata.metadataFileLocation()));
    metadata.previousFiles().forEach(file -> known.add(files.path(file.file())));
    Map<String, Set<Path>> contents = new HashMap<>();
    Set<Path> current = new HashSet<>();
    Set<Path> data = new HashSet<>();
    for (Snapshot snapshot : metadata.snapshots()) {
      SnapshotFiles files = files(snapshot, io);
      table.snapshots.put(snapshot.snapshotId(), files);
      known.add(files.manifestList());
      known.addAll(files.manifests());
      for (ManifestFile manifest : snapshot.allManifests(io)) {
        Set<Path> paths =
            contents.computeIfAbsent(
                manifest.path(), path -> contents(manifest, metadata.specsById(), io));
        data.addAll(paths);
        if (snapshot == metadata.currentSnapshot()) {
          current.addAll(paths);
        }
      }
    }
    known.addAll(data);
    data.removeAll(current);
    data.forEach(path -> table.gone.add(new Gone(path, metadata.lastSequenceNumber())));
    return known;
  }

  private Set<Path> contents(ManifestFile manifest, Map<Integer, PartitionSpec> specs, FileIO io) {
    Set<Path> paths = new HashSet<>();
    try (CloseableIterable<? extends ContentFile<?>> listed =
        manifest.content() == ManifestContent.DATA
            ? ManifestFiles.read(manifest, io, specs)
            : ManifestFiles.readDeleteManifest(manifest, io, specs)) {
      listed.forEach(file -> paths.add(files.path(file.location())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return paths;
  }
}
