package io.datrang.storage.parquet;

import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** Writes rows into as many files as the size target asks for. Used by one thread. */
public final class RollingWriter implements AutoCloseable {
  private final TableSchema table;
  private final Schema arrow;
  private final Supplier<Path> paths;
  private final long fileBytesTarget;
  private final long rowsExpected;
  private final FileForm form;
  private final Consumer<WrittenFile> keep;
  private final List<WrittenFile> finished = new ArrayList<>();
  private long chunksMax = DataFileWriter.CHUNKS_MAX;
  private DataFileWriter current;

  /**
   * @param paths names of new files
   * @param rowsExpected sizes the bloom filters
   * @param keep takes each file when it is complete
   */
  public RollingWriter(
      TableSchema table,
      Schema arrow,
      Supplier<Path> paths,
      long fileBytesTarget,
      long rowsExpected,
      FileForm form,
      Consumer<WrittenFile> keep) {
    this.table = table;
    this.arrow = arrow;
    this.paths = paths;
    this.fileBytesTarget = fileBytesTarget;
    this.rowsExpected = rowsExpected;
    this.form = form;
    this.keep = keep;
  }

  /** Ends files earlier. */
  RollingWriter withChunksMax(long fewer) {
    chunksMax = fewer;
    return this;
  }

  public void write(VectorSchemaRoot batch) {
    for (int from = 0; from < batch.getRowCount(); ) {
      if (current == null) {
        current = DataFileWriter.create(table, arrow, paths.get(), rowsExpected, form);
      }
      int rows = (int) Math.min(current.room(chunksMax), batch.getRowCount() - from);
      if (rows == batch.getRowCount()) {
        current.write(batch);
      } else {
        try (VectorSchemaRoot part = batch.slice(from, rows)) {
          current.write(part);
        }
      }
      from += rows;
      if (current.bytes() >= fileBytesTarget || current.room(chunksMax) == 0) {
        roll();
      }
    }
  }

  private void roll() {
    WrittenFile file = current.finish();
    current = null;
    keep.accept(file);
    finished.add(file);
  }

  /** Completes the last file; answers all of them. */
  public List<WrittenFile> finish() {
    if (current != null) {
      roll();
    }
    return List.copyOf(finished);
  }

  /** Removes what was begun and not finished; finished files stay. */
  @Override
  public void close() {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
