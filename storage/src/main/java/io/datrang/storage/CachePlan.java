package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * What {@link HotCache} should keep of a table.
 *
 * @param columns of it
 * @param files of it, those that are worth most first
 */
record CachePlan(TableView view, Set<Column> columns, List<DataFile> files) {
  /** What another copy must bring: files of a quarter more rows. */
  private static final double GROWTH = 1.25;

  /** Part of the rows in files with other deleted rows by now that makes another copy worth it. */
  private static final double UNMARKED = 0.25;

  /** What the engine keeps beside a text, about. */
  private static final int TEXT_BYTES = 8;

  /** Of a row's file and position. */
  private static final int POSITION_BYTES = 16;

  /** How much larger a text is than in a file, about. */
  private static final int COMPRESSED = 3;

  long tableId() {
    return view.schema().tableId();
  }

  static CachePlan of(TableView view, Set<Column> columns, List<DataFile> files) {
    return new CachePlan(view, Set.copyOf(columns), List.copyOf(files));
  }

  /** An estimate of what it takes of the engine's memory. */
  long bytes() {
    return files.stream().mapToLong(this::bytes).sum();
  }

  private long bytes(DataFile file) {
    long texts = columns.stream().filter(c -> isText(c.type())).count();
    return fixedBytes(file.rows(), columns)
        + texts * COMPRESSED * file.bytes() / view.schema().columns().size();
  }

  /** What so many rows take without the characters of their texts. */
  static long fixedBytes(long rows, Collection<Column> columns) {
    return rows * (POSITION_BYTES + columns.stream().mapToLong(c -> width(c.type())).sum());
  }

  static boolean isText(ColumnType type) {
    return switch (type.kind()) {
      case TEXT, BPCHAR, BYTEA, ARRAY -> true;
      default -> false;
    };
  }

  private static int width(ColumnType type) {
    return switch (type.kind()) {
      case BOOL -> 1;
      case INT2 -> 2;
      case INT4, FLOAT4, DATE -> 4;
      case INT8, FLOAT8, TIME, TIMESTAMP, TIMESTAMPTZ -> 8;
      case DECIMAL -> type.precision() <= 9 ? 4 : type.precision() <= 18 ? 8 : 16;
      case UUID, INTERVAL -> 16;
      case TEXT, BPCHAR, BYTEA, ARRAY -> TEXT_BYTES;
    };
  }

  /** The files that fit. */
  CachePlan within(long bytesMax) {
    List<DataFile> fitting = new ArrayList<>();
    long sum = 0;
    for (DataFile file : files) {
      if (sum + bytes(file) <= bytesMax) {
        sum += bytes(file);
        fitting.add(file);
      }
    }
    return new CachePlan(view, columns, fitting);
  }

  boolean isWorthMoreThan(CachedFiles there) {
    if (!there.columns().containsAll(columns)) {
      return !files.isEmpty();
    }
    long rows = files.stream().mapToLong(DataFile::rows).sum();
    long rowsThere = files.stream().filter(there::has).mapToLong(DataFile::rows).sum();
    long unmarked =
        files.stream()
            .filter(f -> there.has(f) && !there.knowsDeleted(f))
            .mapToLong(DataFile::rows)
            .sum();
    return rows > rowsThere * GROWTH || unmarked > rowsThere * UNMARKED;
  }
}
