package io.datrang.storage;

import io.datrang.storage.iceberg.IcebergChange;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one storage commit changes for one table.
 *
 * @param before files the catalog has
 * @param after files it is to have; new ones have {@code fileId} 0
 * @param written by path: what is known of the new ones
 * @param backfilled consistent point of the backfill this commit completes, or null
 */
record TableCommit(
    TableSchema schema,
    List<DataFile> before,
    List<DataFile> after,
    Map<Path, WrittenFile> written,
    Lsn backfilled) {
  TableCommit {
    before = List.copyOf(before);
    after = List.copyOf(after);
    written = Map.copyOf(written);
  }

  List<DataFile> removed() {
    Set<Long> kept = new HashSet<>();
    after.forEach(f -> kept.add(f.key()));
    return before.stream().filter(f -> !kept.contains(f.key())).toList();
  }

  List<DataFile> added() {
    return after.stream().filter(f -> f.fileId() == 0).toList();
  }

  /** Files that stay and get a new deletion vector. */
  List<DataFile> revised() {
    Map<Long, DataFile> then = new HashMap<>();
    before.forEach(f -> then.put(f.key(), f));
    return after.stream()
        .filter(f -> f.fileId() != 0 && f.vector() != null)
        .filter(
            f -> !f.vector().equals(then.containsKey(f.key()) ? then.get(f.key()).vector() : null))
        .toList();
  }

  IcebergChange forIceberg(Path directory, Lsn lsn) {
    return new IcebergChange(
        schema, directory, tableFiles(before), tableFiles(after), written, lsn);
  }

  /** Files as Iceberg's metadata lists them. */
  static List<IcebergChange.TableFile> tableFiles(List<DataFile> files) {
    return files.stream().map(TableCommit::tableFile).toList();
  }

  private static IcebergChange.TableFile tableFile(DataFile file) {
    return new IcebergChange.TableFile(file.path(), file.rows(), file.bytes(), file.vector());
  }

  boolean isEmpty() {
    return backfilled == null && before.equals(after);
  }
}
