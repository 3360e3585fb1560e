package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.IcebergChange.TableFile;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.types.Types;

/** A state of a table that its Iceberg metadata still leads to. Immutable. */
public final class PastState {
  private final Snapshot snapshot;
  private final Schema schema;
  private final Map<Integer, PartitionSpec> specs;
  private final FileStore stored;

  private PastState(
      Snapshot snapshot, Schema schema, Map<Integer, PartitionSpec> specs, FileStore stored) {
    this.snapshot = snapshot;
    this.schema = schema;
    this.specs = specs;
    this.stored = stored;
  }

  /** The states in the metadata, oldest first; those of other writers are not among them. */
  static List<PastState> of(TableMetadata metadata, FileStore stored) {
    return metadata.snapshots().stream()
        .filter(
            s ->
                s.summary().containsKey(SnapshotChange.LSN)
                    && s.summary().containsKey(SnapshotChange.COMMITTED_AT))
        .map(
            s ->
                new PastState(
                    s, metadata.schemasById().get(s.schemaId()), metadata.specsById(), stored))
        .toList();
  }

  /** Iceberg's snapshot id. */
  public long id() {
    return snapshot.snapshotId();
  }

  /** Everything committed up to here is in it. */
  public Lsn lsn() {
    return Lsn.parse(snapshot.summary().get(SnapshotChange.LSN));
  }

  /** When it was stored, in milliseconds; the same for all tables of one commit. */
  public long committedAtMs() {
    return Long.parseLong(snapshot.summary().get(SnapshotChange.COMMITTED_AT));
  }

  public long rows() {
    return total(SnapshotSummary.TOTAL_RECORDS_PROP)
        - total(SnapshotSummary.TOTAL_POS_DELETES_PROP);
  }

  public long dataFiles() {
    return total(SnapshotSummary.TOTAL_DATA_FILES_PROP);
  }

  private long total(String property) {
    return Long.parseLong(snapshot.summary().getOrDefault(property, "0"));
  }

  /** A column that was of another type then; columns that were not there are none. */
  public Optional<Column> changed(TableSchema today) {
    return today.columns().stream()
        .filter(
            c -> {
              Types.NestedField then = schema.findField(c.fieldId());
              return then != null && !IcebergSchema.holds(then, c);
            })
        .findFirst();
  }

  /** Whether it has the column, under this name and of this type. */
  public boolean has(Column column) {
    Types.NestedField then = schema.findField(column.fieldId());
    return then != null && then.name().equals(column.name()) && IcebergSchema.holds(then, column);
  }

  /** Its files, read from its manifests. */
  public List<TableFile> files() {
    FileIO io = new StoredFileIO(stored);
    Map<Path, DeletionVectorFile.Blob> vectors = new HashMap<>();
    for (ManifestFile manifest : snapshot.deleteManifests(io)) {
      try (CloseableIterable<DeleteFile> deletes =
          ManifestFiles.readDeleteManifest(manifest, io, specs)) {
        deletes.forEach(each -> addVector(vectors, each));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    List<TableFile> files = new ArrayList<>();
    for (ManifestFile manifest : snapshot.dataManifests(io)) {
      try (CloseableIterable<DataFile> data = ManifestFiles.read(manifest, io, specs)) {
        for (DataFile each : data) {
          Path path = stored.path(each.location());
          files.add(
              new TableFile(path, each.recordCount(), each.fileSizeInBytes(), vectors.get(path)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return files;
  }

  private void addVector(Map<Path, DeletionVectorFile.Blob> vectors, DeleteFile file) {
    if (file.format() != FileFormat.PUFFIN) {
      throw new IllegalStateException(file.location() + " was not written by this sidecar");
    }
    vectors.put(
        stored.path(file.referencedDataFile()),
        new DeletionVectorFile.Blob(
            stored.path(file.location()),
            file.contentOffset(),
            file.contentSizeInBytes(),
            file.recordCount()));
  }
}
