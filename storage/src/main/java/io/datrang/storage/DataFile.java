package io.datrang.storage;

import io.datrang.index.FileIndex;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.DataFileWriter;
import io.datrang.storage.parquet.WrittenFile;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A live Parquet file of a table. Immutable; a new deletion vector makes a new value.
 *
 * @param key identity in this process
 * @param fileId {@code datrang.files.file_id}; 0 before it is in the catalog
 * @param path absolute
 * @param rows rows in it, deleted ones included
 * @param bytes its size
 * @param index its row groups
 * @param sortedBy field ids its rows are sorted by; empty when they are not
 * @param vector which of its rows are deleted, or null when none is
 */
record DataFile(
    long key,
    long fileId,
    Path path,
    long rows,
    long bytes,
    FileIndex index,
    List<Integer> sortedBy,
    DeletionVectorFile.Blob vector) {
  private static final AtomicLong KEYS = new AtomicLong();

  static DataFile stored(
      long fileId,
      Path path,
      long rows,
      long bytes,
      FileIndex index,
      List<Integer> sortedBy,
      DeletionVectorFile.Blob vector) {
    return new DataFile(KEYS.incrementAndGet(), fileId, path, rows, bytes, index, sortedBy, vector);
  }

  static DataFile written(WrittenFile file, List<Integer> sortedBy) {
    return stored(0, file.path(), file.rows(), file.bytes(), file.index(), sortedBy, null);
  }

  static List<Path> paths(Collection<DataFile> files) {
    return files.stream().map(DataFile::path).toList();
  }

  long liveRows() {
    return vector == null ? rows : rows - vector.cardinality();
  }

  /** Which part of its rows is not deleted. */
  double livePart() {
    return rows == 0 ? 1 : (double) liveRows() / rows;
  }

  /** Whether its row groups are so many, for their width, that it could not be much longer. */
  boolean hasManyChunks() {
    long chunks = index.rowGroups().stream().mapToLong(group -> group.chunks().size()).sum();
    return chunks >= DataFileWriter.CHUNKS_MAX / 2;
  }

  DataFile withId(long id) {
    return new DataFile(key, id, path, rows, bytes, index, sortedBy, vector);
  }

  DataFile with(FileIndex newer) {
    return new DataFile(key, fileId, path, rows, bytes, newer, sortedBy, vector);
  }

  DataFile with(DeletionVectorFile.Blob newer) {
    return new DataFile(key, fileId, path, rows, bytes, index, sortedBy, newer);
  }
}
