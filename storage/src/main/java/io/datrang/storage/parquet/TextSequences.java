package io.datrang.storage.parquet;

import io.datrang.index.ChunkIndex;
import io.datrang.index.FileIndex;
import io.datrang.index.RowGroupIndex;
import io.datrang.index.TextFilter;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Collects what the texts of a file's rows consist of, for the filters of its row groups. Where row
 * groups begin is known when the file is complete; until then texts are collected by stretches of
 * rows, and a row group gets those of all stretches it has rows of. Used by one thread.
 */
public final class TextSequences {
  private final TableSchema table;
  private final int stretchRows;
  private final Map<Integer, List<TextFilter.Sequences>> stretches = new HashMap<>();

  /**
   * @param fields ids of the columns; those that are no text are left out
   * @param stretchRows rows of a stretch
   */
  public TextSequences(TableSchema table, Set<Integer> fields, int stretchRows) {
    this.table = table;
    this.stretchRows = stretchRows;
    for (int field : fields) {
      if (table.column(field).filter(c -> c.type().kind() == StorageKind.TEXT).isPresent()) {
        stretches.put(field, new ArrayList<>());
      }
    }
  }

  /** The columns' field ids. */
  public Set<Integer> fields() {
    return stretches.keySet();
  }

  /** Adds the texts of a row. */
  public void add(int field, long row, byte[] text) {
    List<TextFilter.Sequences> its = stretches.get(field);
    int stretch = Math.toIntExact(row / stretchRows);
    while (its.size() <= stretch) {
      if (!its.isEmpty()) {
        its.get(its.size() - 1).pack();
      }
      its.add(new TextFilter.Sequences());
    }
    its.get(stretch).add(text);
  }

  /** Adds the texts of a batch, whose first row is the file's of this number. */
  void add(long first, VectorSchemaRoot batch) {
    for (int field : fields()) {
      Column column = table.column(field).orElseThrow();
      VarCharVector vector = (VarCharVector) batch.getVector(table.columns().indexOf(column));
      for (int row = 0; row < batch.getRowCount(); row++) {
        if (!vector.isNull(row)) {
          add(field, first + row, vector.get(row));
        }
      }
    }
  }

  /** The index with the filters. */
  public FileIndex addTo(FileIndex index) {
    if (stretches.isEmpty()) {
      return index;
    }
    List<RowGroupIndex> groups = new ArrayList<>();
    for (RowGroupIndex group : index.rowGroups()) {
      Map<Integer, ChunkIndex> chunks = new HashMap<>(group.chunks());
      for (int field : fields()) {
        chunks.computeIfPresent(field, (f, chunk) -> chunk.with(filter(f, group)));
      }
      groups.add(
          new RowGroupIndex(
              group.ordinal(),
              group.firstRow(),
              group.rows(),
              group.fileOffset(),
              group.bytes(),
              chunks));
    }
    return new FileIndex(groups);
  }

  private byte[] filter(int field, RowGroupIndex group) {
    List<TextFilter.Sequences> its = stretches.get(field);
    TextFilter.Sequences all = new TextFilter.Sequences();
    long last = (group.firstRow() + group.rows() - 1) / stretchRows;
    for (long i = group.firstRow() / stretchRows; i <= last && i < its.size(); i++) {
      all.add(its.get((int) i));
    }
    return all.filter();
  }
}
