package io.datrang.replication.backfill;

import io.datrang.replication.values.CopyText;
import io.datrang.replication.values.RowBatch;
import io.datrang.storage.Backfill;
import io.datrang.storage.TypeMapping;
import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.SQLException;
import org.apache.arrow.memory.BufferAllocator;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Copies ranges of blocks over one connection until none are left; one thread. */
final class RangeCopier {
  private static final int BATCH_ROWS_MAX = 16_384;
  private static final long BATCH_BYTES_MAX = 4 << 20;

  private final Connection connection;
  private final TableSchema schema;
  private final BufferAllocator allocator;
  private final CopyProgress progress;
  private long bytes;

  RangeCopier(
      Connection connection, TableSchema schema, BufferAllocator allocator, CopyProgress progress) {
    this.connection = connection;
    this.schema = schema;
    this.allocator = allocator;
    this.progress = progress;
  }

  void copy(BlockRanges ranges, Backfill backfill) throws SQLException {
    try (Backfill.Writer writer = backfill.newWriter();
        RowBatch batch = new RowBatch(schema.columns(), TypeMapping.rows(schema), allocator)) {
      CopyText text = new CopyText();
      for (BlockRanges.Range range = ranges.next(); range != null; range = ranges.next()) {
        copy(range, text, batch, writer);
        progress.addBlocks(range.blocks());
      }
      write(batch, writer);
    }
  }

  private void copy(BlockRanges.Range range, CopyText text, RowBatch batch, Backfill.Writer writer)
      throws SQLException {
    CopyOut copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut(SourceTable.copyCommand(schema, range));
    for (byte[] line = copy.readFromCopy(); line != null; line = copy.readFromCopy()) {
      text.read(line, batch);
      bytes += line.length;
      if (batch.rows() == BATCH_ROWS_MAX || batch.textBytes() >= BATCH_BYTES_MAX) {
        write(batch, writer);
      }
    }
  }

  private void write(RowBatch batch, Backfill.Writer writer) {
    if (batch.rows() > 0) {
      writer.write(batch.finish());
      progress.addRows(batch.rows(), bytes);
      bytes = 0;
      batch.reset();
    }
  }
}
