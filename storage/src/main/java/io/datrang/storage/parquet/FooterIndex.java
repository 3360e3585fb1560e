package io.datrang.storage.parquet;

import io.datrang.index.Bounds;
import io.datrang.index.ChunkIndex;
import io.datrang.index.FileIndex;
import io.datrang.index.RowGroupIndex;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.api.Binary;

/**
 * Turns a file's footer into index entries. Columns with parts, and those the table does not have
 * any more, have none.
 */
final class FooterIndex {
  private FooterIndex() {}

  static FileIndex of(TableSchema table, ParquetMetadata footer) {
    return of(table, footer, List.of());
  }

  /**
   * As above.
   *
   * @param distinct about how many different values columns have, by their names; of row groups in
   *     order, or none
   */
  static FileIndex of(TableSchema table, ParquetMetadata footer, List<Map<String, Long>> distinct) {
    Map<Integer, Column> columns = new HashMap<>();
    table.columns().forEach(c -> columns.put(c.fieldId(), c));
    List<RowGroupIndex> groups = new ArrayList<>();
    long firstRow = 0;
    for (BlockMetaData block : footer.getBlocks()) {
      Map<Integer, ChunkIndex> chunks = new HashMap<>();
      Map<String, Long> estimates = distinct.isEmpty() ? Map.of() : distinct.get(groups.size());
      for (ColumnChunkMetaData chunk : block.getColumns()) {
        if (chunk.getPath().size() == 1) {
          Column column = columns.get(chunk.getPrimitiveType().getId().intValue());
          if (column != null) {
            long estimate = estimates.getOrDefault(column.name(), -1L);
            chunks.put(column.fieldId(), chunk(column.type(), chunk).with(estimate));
          }
        }
      }
      groups.add(
          new RowGroupIndex(
              groups.size(),
              firstRow,
              block.getRowCount(),
              block.getStartingPos(),
              block.getCompressedSize(),
              chunks));
      firstRow += block.getRowCount();
    }
    return new FileIndex(groups);
  }

  private static ChunkIndex chunk(ColumnType type, ColumnChunkMetaData chunk) {
    Statistics<?> statistics = chunk.getStatistics();
    boolean known = statistics != null && !statistics.isEmpty();
    long nulls = known && statistics.isNumNullsSet() ? statistics.getNumNulls() : -1;
    long nans = nans(type, known ? statistics : null);
    byte[] lower = null;
    byte[] upper = null;
    if (known && statistics.hasNonNullValue()) {
      lower = bound(type, statistics.genericGetMin());
      upper = bound(type, statistics.genericGetMax());
    }
    Bounds.Truncated low = Bounds.truncateLower(type, lower);
    Bounds.Truncated high = Bounds.truncateUpper(type, upper);
    return new ChunkIndex(
        low.bound(),
        high.bound(),
        low.exact(),
        high.exact(),
        nulls,
        nans,
        chunk.getBloomFilterOffset(),
        Math.max(0, chunk.getBloomFilterLength()));
  }

  private static long nans(ColumnType type, Statistics<?> statistics) {
    return switch (type.kind()) {
      case FLOAT4, FLOAT8 ->
          statistics != null && statistics.isNanCountSet() ? statistics.getNanCount() : -1;
      default -> 0;
    };
  }

  private static byte[] bound(ColumnType type, Object value) {
    return switch (type.kind()) {
      case FLOAT4 -> Float.isNaN((Float) value) ? null : Bounds.ofFloat((Float) value);
      case FLOAT8 -> Double.isNaN((Double) value) ? null : Bounds.ofDouble((Double) value);
      case BOOL -> Bounds.ofBoolean((Boolean) value);
      case INT2, INT4, DATE -> Bounds.ofInt((Integer) value);
      case INT8, TIME, TIMESTAMP, TIMESTAMPTZ -> Bounds.ofLong((Long) value);
      case DECIMAL ->
          value instanceof Binary binary
              ? new BigInteger(binary.getBytes()).toByteArray()
              : BigInteger.valueOf(((Number) value).longValue()).toByteArray();
      case TEXT, BPCHAR, BYTEA, UUID -> ((Binary) value).getBytes();
      case INTERVAL, ARRAY -> null;
    };
  }
}
