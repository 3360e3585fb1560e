package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.FilesUnavailableException;
import io.datrang.storage.iceberg.CatalogTableOperations.Pointer;
import io.datrang.storage.iceberg.IcebergChange.TableFile;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Finds out whether a table's Iceberg metadata is what this sidecar wrote: by the place it is at,
 * and by reading it. For one look.
 */
public final class IcebergInspection {
  private final Connection connection;
  private final TableSchema table;
  private final FileStore files;
  private final Path directory;
  private final StoredFileIO io;

  /**
   * For one table.
   *
   * @param directory the table's
   */
  public IcebergInspection(
      Connection connection, TableSchema table, Path directory, FileStore files) {
    this.connection = connection;
    this.table = table;
    this.directory = directory;
    this.files = files;
    this.io = new StoredFileIO(files);
  }

  /**
   * Why the metadata is not to be continued: another writer's is in its place, or it lacks a commit
   * that was left out.
   */
  public Optional<IcebergProblem> left() {
    Pointer pointer = pointer();
    if (pointer == null) {
      return Optional.empty();
    }
    if (pointer.isForeign()) {
      return problem(
          pointer.location(),
          "another writer has committed to the Iceberg table; the last metadata of this sidecar is "
              + files.path(pointer.written()));
    }
    return pointer.incomplete()
        ? damage().or(() -> problem(pointer.location(), "it lacks a commit of this sidecar"))
        : Optional.empty();
  }

  private Pointer pointer() {
    return new CatalogTableOperations(connection, table, io).pointer();
  }

  /** What cannot be read. */
  public Optional<IcebergProblem> damage() {
    Pointer pointer = pointer();
    if (pointer == null) {
      return Optional.empty();
    }
    TableMetadata metadata;
    try {
      metadata = TableMetadataParser.read(io, pointer.location());
    } catch (RuntimeException e) {
      return damaged(pointer.location(), e);
    }
    String location = files.location(directory);
    if (pointer.location().startsWith(location + "/") && !metadata.location().equals(location)) {
      return problem(pointer.location(), "it is that of the table at " + metadata.location());
    }
    Set<String> seen = new HashSet<>();
    for (Snapshot snapshot : metadata.snapshots()) {
      List<ManifestFile> manifests;
      try {
        manifests = snapshot.allManifests(io);
      } catch (RuntimeException e) {
        return damaged(snapshot.manifestListLocation(), e);
      }
      for (ManifestFile manifest : manifests) {
        if (seen.add(manifest.path())) {
          try {
            read(manifest, metadata);
          } catch (RuntimeException e) {
            return damaged(manifest.path(), e);
          }
        }
      }
    }
    return Optional.empty();
  }

  /** What can be read and not be continued: its numbers or times contradict each other. */
  Optional<IcebergProblem> unusable(RuntimeException failure) {
    Pointer pointer = pointer();
    String location = pointer == null ? files.location(directory) : pointer.location();
    return problem(location, "it cannot be continued: " + failure);
  }

  private void read(ManifestFile manifest, TableMetadata metadata) {
    try (CloseableIterable<? extends ContentFile<?>> listed =
        manifest.content() == ManifestContent.DATA
            ? ManifestFiles.read(manifest, io, metadata.specsById())
            : ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById())) {
      listed.forEach(ContentFile::location);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<IcebergProblem> damaged(String location, RuntimeException e) {
    if (e instanceof FilesUnavailableException unavailable) {
      throw unavailable;
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new FilesUnavailableException("stopped while " + location + " was read", e);
    }
    return problem(location, "it cannot be read: " + e.getMessage());
  }

  /**
   * Everything that can be wrong.
   *
   * @param expected the table's files
   */
  public Optional<IcebergProblem> any(List<TableFile> expected) {
    Pointer pointer = pointer();
    if (pointer == null) {
      return expected.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new IcebergProblem(directory.resolve("metadata"), "there is no Iceberg table"));
    }
    Optional<IcebergProblem> problem = left().or(this::damage);
    return problem.isPresent() ? problem : wrongContents(pointer, expected);
  }

  private Optional<IcebergProblem> wrongContents(Pointer pointer, List<TableFile> expected) {
    TableMetadata metadata = TableMetadataParser.read(io, pointer.location());
    if (!metadata.location().equals(files.location(directory))) {
      return problem(
          pointer.location(), "the Iceberg table of this name is at " + metadata.location());
    }
    List<PastState> states = PastState.of(metadata, files);
    boolean listed =
        !states.isEmpty()
            && metadata.currentSnapshot().snapshotId() == states.get(states.size() - 1).id()
            && new HashSet<>(states.get(states.size() - 1).files()).equals(new HashSet<>(expected));
    return listed
        ? Optional.empty()
        : problem(pointer.location(), "it does not lead to the files the table has");
  }

  private Optional<IcebergProblem> problem(String location, String text) {
    return Optional.of(new IcebergProblem(files.path(location), text));
  }
}
