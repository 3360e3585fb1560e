package io.datrang.storage.parquet;

import io.datrang.storage.parquet.RecentlyRead.Part;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.internal.hadoop.metadata.IndexReference;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Where a file's pages are described: for each row group by field id. Columns with parts are left
 * out, and what is written otherwise than {@link DataFileWriter} does. Immutable.
 */
record FilePages(List<Map<Integer, Chunk>> rowGroups) {
  private static final long CHUNK_BYTES = 150;

  /**
   * One column of one row group.
   *
   * @param dictionary offset of its dictionary page, 0 for none
   * @param bloom offset of its bloom filter, 0 for none
   */
  record Chunk(
      ColumnDescriptor column,
      long rows,
      long dictionary,
      long bloom,
      IndexReference columnIndex,
      IndexReference offsetIndex) {}

  static Part<FilePages> read(FileChannel channel) throws IOException {
    ParquetMetadata footer;
    try {
      footer = DataFileFooter.parse(channel);
    } catch (DataFileFooter.MalformedException e) {
      throw new IOException(e.getMessage() + ", at byte " + e.offset(), e);
    }
    MessageType schema = footer.getFileMetaData().getSchema();
    List<Map<Integer, Chunk>> rowGroups = new ArrayList<>();
    for (BlockMetaData block : footer.getBlocks()) {
      Map<Integer, Chunk> chunks = new HashMap<>();
      for (ColumnChunkMetaData chunk : block.getColumns()) {
        Type field = schema.getType(chunk.getPath().toArray()[0]);
        if (field.isPrimitive() && field.getId() != null && isPaged(chunk)) {
          chunks.put(field.getId().intValue(), chunk(schema, block, chunk));
        }
      }
      rowGroups.add(chunks);
    }
    long chunks = rowGroups.stream().mapToLong(Map::size).sum();
    return new Part<>(new FilePages(rowGroups), chunks * CHUNK_BYTES);
  }

  private static boolean isPaged(ColumnChunkMetaData chunk) {
    return chunk.getCodec() == CompressionCodecName.ZSTD
        && chunk.getColumnIndexReference() != null
        && chunk.getOffsetIndexReference() != null;
  }

  private static Chunk chunk(MessageType schema, BlockMetaData block, ColumnChunkMetaData chunk) {
    return new Chunk(
        schema.getColumnDescription(chunk.getPath().toArray()),
        block.getRowCount(),
        chunk.hasDictionaryPage() ? chunk.getDictionaryPageOffset() : 0,
        Math.max(0, chunk.getBloomFilterOffset()),
        chunk.getColumnIndexReference(),
        chunk.getOffsetIndexReference());
  }
}
