package io.datrang.storage;

import io.datrang.index.ChunkIndex;
import io.datrang.index.FileIndex;
import io.datrang.index.RowGroupIndex;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.FilesUnavailableException;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.Checksums;
import io.datrang.storage.parquet.DataFileFooter;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.iceberg.deletes.PositionDeleteIndex;

/** Compares a file with what the catalog says of it. Used by one thread. */
final class FileCheck {
  private final TableSchema schema;
  private final FileStore stored;
  private final List<FileProblem> problems = new ArrayList<>();

  /**
   * @param stored keeps the files
   */
  FileCheck(TableSchema schema, FileStore stored) {
    this.schema = schema;
    this.stored = stored;
  }

  List<FileProblem> problems() {
    return problems;
  }

  /**
   * Looks only at what costs little: whether files are there, and have their sizes.
   *
   * @param bytes sizes of files, -1 for those that are missing
   */
  static List<FileProblem> presence(List<DataFile> files, ToLongFunction<Path> bytes) {
    List<FileProblem> problems = new ArrayList<>();
    for (DataFile file : files) {
      FileProblem problem = presence(file.path(), file.bytes(), bytes);
      if (problem != null) {
        problems.add(problem);
      }
      if (file.vector() != null && bytes.applyAsLong(file.vector().path()) < 0) {
        problems.add(new FileProblem(file.vector().path(), -1, "it is missing", true));
      }
    }
    return problems;
  }

  private static FileProblem presence(Path path, long bytes, ToLongFunction<Path> sizes) {
    long size = sizes.applyAsLong(path);
    if (size < 0) {
      return new FileProblem(path, -1, "it is missing", true);
    }
    return size == bytes
        ? null
        : new FileProblem(
            path,
            Math.min(size, bytes),
            "it has %d bytes and should have %d".formatted(size, bytes),
            true);
  }

  /**
   * Reads all of a file; when it is damaged and only a copy of what is kept elsewhere, once more.
   *
   * @param parts checksums of when it was written; none when they are not known
   */
  void file(DataFile file, List<Checksums.Part> parts, FileIndex indexed) {
    FileProblem absence = presence(file.path(), file.bytes(), stored::bytes);
    if (absence != null) {
      problems.add(absence); // a copy may be all there is
      return;
    }
    int before = problems.size();
    read(file, parts, indexed);
    FileProblem first = firstDamage(before);
    if (first != null && stored.doubtCopy(first.file(), bytesNeeded(file, first.file()))) {
      problems.subList(before, problems.size()).clear();
      read(file, parts, indexed);
      if (firstDamage(before) == null) {
        problems.add(
            new FileProblem(
                first.file(),
                first.offset(),
                first.problem() + "; that was a copy on the local disk, and is fetched anew",
                false));
      }
    }
  }

  /** What a file must have at least, to be better than a damaged copy of it. */
  private static long bytesNeeded(DataFile file, Path of) {
    return of.equals(file.path()) ? file.bytes() : file.vector().offset() + file.vector().bytes();
  }

  private FileProblem firstDamage(int from) {
    return problems.subList(from, problems.size()).stream()
        .filter(FileProblem::damaged)
        .findFirst()
        .orElse(null);
  }

  private void read(DataFile file, List<Checksums.Part> parts, FileIndex indexed) {
    try (FileStore.Use use = stored.forWork()) {
      use.add(List.of(file.path()));
      DataFileFooter footer = DataFileFooter.read(schema, file.path());
      checkParts(file.path(), parts, footer.parts());
      if (footer.rows() != file.rows()) {
        damaged(
            file.path(),
            -1,
            "it has %d rows and should have %d".formatted(footer.rows(), file.rows()));
      }
      checkIndex(file.path(), footer.index(), indexed);
      checkVector(file);
    } catch (DataFileFooter.MalformedException e) {
      damaged(file.path(), e.offset(), e.getMessage());
    } catch (FilesUnavailableException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      endIfInterrupted(file.path(), e);
      damaged(file.path(), -1, "it cannot be read: " + e.getMessage());
    }
  }

  /** Whoever is told to end while it reads has not met a damaged file. */
  private static void endIfInterrupted(Path file, Exception failure) {
    if (Thread.currentThread().isInterrupted()) {
      throw new FilesUnavailableException("stopped while " + file + " was read", failure);
    }
  }

  private void damaged(Path file, long offset, String problem) {
    problems.add(new FileProblem(file, offset, problem, true));
  }

  private void checkParts(Path path, List<Checksums.Part> then, List<Checksums.Part> now) {
    Map<Long, Checksums.Part> found = new HashMap<>();
    now.forEach(part -> found.put(part.offset(), part));
    for (Checksums.Part part : then) {
      Checksums.Part other = found.get(part.offset());
      if (!part.equals(other)) {
        damaged(
            path,
            part.offset(),
            "the %d bytes from there on have changed since they were written"
                .formatted(part.bytes()));
      }
    }
  }

  private void checkIndex(Path path, FileIndex file, FileIndex stored) {
    if (file.rowGroups().size() != stored.rowGroups().size()) {
      index(
          path,
          -1,
          "it has %d row groups, the index has %d"
              .formatted(file.rowGroups().size(), stored.rowGroups().size()));
      return;
    }
    for (int i = 0; i < file.rowGroups().size(); i++) {
      RowGroupIndex real = file.rowGroups().get(i);
      RowGroupIndex known = stored.rowGroups().get(i);
      if (real.firstRow() != known.firstRow()
          || real.rows() != known.rows()
          || real.fileOffset() != known.fileOffset()
          || real.bytes() != known.bytes()) {
        index(path, real.fileOffset(), "row group %d is another one in the index".formatted(i));
      }
      for (var chunk : known.chunks().entrySet()) {
        ChunkIndex actual = real.chunks().get(chunk.getKey());
        if (actual != null && !agrees(actual, chunk.getValue())) {
          index(
              path,
              real.fileOffset(),
              "the index is wrong about column %s of row group %d"
                  .formatted(name(chunk.getKey()), i));
        }
      }
    }
  }

  private String name(int fieldId) {
    return schema.column(fieldId).map(c -> "\"" + c.name() + "\"").orElse("" + fieldId);
  }

  /** Notes that the file's rows of the index are not those that were written. */
  void indexIsChanged(DataFile file) {
    index(file.path(), -1, "its rows of the index have been changed since they were written");
  }

  private void index(Path path, long offset, String problem) {
    problems.add(new FileProblem(path, offset, problem, false));
  }

  /** What the file does not say cannot be compared. */
  private static boolean agrees(ChunkIndex file, ChunkIndex stored) {
    return (file.lower() == null || Arrays.equals(file.lower(), stored.lower()))
        && (file.upper() == null || Arrays.equals(file.upper(), stored.upper()))
        && (file.nullCount() < 0 || file.nullCount() == stored.nullCount())
        && (file.nanCount() < 0 || file.nanCount() == stored.nanCount())
        && file.bloomOffset() == stored.bloomOffset()
        && file.bloomBytes() == stored.bloomBytes();
  }

  private void checkVector(DataFile file) {
    DeletionVectorFile.Blob vector = file.vector();
    if (vector == null) {
      return;
    }
    try {
      PositionDeleteIndex positions = DeletionVectorFile.read(file.path(), vector, stored);
      long[] beyond = {0};
      positions.forEach(position -> beyond[0] += position < file.rows() ? 0 : 1);
      if (positions.cardinality() != vector.cardinality() || beyond[0] > 0) {
        damaged(
            vector.path(), vector.offset(), "the deletion vector has other rows than it should");
      }
    } catch (FilesUnavailableException e) {
      throw e;
    } catch (RuntimeException e) {
      endIfInterrupted(vector.path(), e);
      damaged(vector.path(), vector.offset(), "the deletion vector cannot be read: " + e);
    }
  }
}
