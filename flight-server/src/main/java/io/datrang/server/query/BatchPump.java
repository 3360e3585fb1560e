package io.datrang.server.query;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * Moves an engine result to an {@link Answer} in batches of the wire contract: the first small, so
 * that a reader who wants few rows gets them early; none large, in rows or in bytes; the first
 * always sent.
 */
public final class BatchPump {
  public static final int BATCH_ROWS = 16_384;
  static final int FIRST_BATCH_ROWS = 1_024;
  private static final long BATCH_BYTES = 8L << 20;

  private final BufferAllocator allocator;
  private final Answer answer;
  private final String metadata;
  private final double values;
  private final int batchRows;
  private boolean started;
  private boolean sent;
  private long rows;

  /**
   * A pump for one answer.
   *
   * @param metadata goes with the first batch, or null
   * @param values rows times columns that are read for it, about
   */
  public BatchPump(BufferAllocator allocator, Answer answer, String metadata, double values) {
    this.allocator = allocator;
    this.answer = answer;
    this.metadata = metadata;
    this.values = values;
    this.batchRows = answer.batchRowsMax();
  }

  /** Runs the statement in hand and sends all its rows; returns their number. */
  public long pump(EngineQuery query) {
    answer.awaitTurn(values);
    ArrowReader reader = query.stream(allocator, BATCH_ROWS);
    VectorSchemaRoot source = root(query, reader);
    boolean more = query.next();
    try (VectorSchemaRoot out = VectorSchemaRoot.create(source.getSchema(), allocator)) {
      start(out);
      for (; more; more = query.next()) {
        for (int from = 0; from < source.getRowCount(); ) {
          from += send(source, from, out);
        }
      }
      if (!sent) {
        out.allocateNew();
        out.setRowCount(0);
        answer.send(metadata);
      }
    }
    return rows;
  }

  /** Sends the number of rows the statement in hand counts, as batches without columns. */
  public long pumpCount(EngineQuery query) {
    answer.awaitTurn(values);
    long count = 0;
    VectorSchemaRoot source = root(query, query.stream(allocator, BATCH_ROWS));
    while (query.next()) {
      count = source.getRowCount() == 0 ? count : (Long) source.getVector(0).getObject(0);
    }
    try (VectorSchemaRoot out = new VectorSchemaRoot(List.of(), List.of(), 0)) {
      start(out);
      for (long left = count; left > 0 || !sent; ) {
        int length = (int) Math.min(left, sent ? batchRows : FIRST_BATCH_ROWS);
        out.setRowCount(length);
        sendOut(length);
        left -= length;
      }
    }
    return rows;
  }

  /** Whether anything has been handed out; until then the query may be run again. */
  public boolean hasStarted() {
    return started;
  }

  private void start(VectorSchemaRoot out) {
    started = true;
    answer.start(out);
  }

  private int send(VectorSchemaRoot source, int from, VectorSchemaRoot out) {
    int length = Math.min(source.getRowCount() - from, sent ? batchRows : FIRST_BATCH_ROWS);
    length = Math.min(length, rowsOf(BATCH_BYTES, source));
    boolean whole = from == 0 && length == source.getRowCount();
    try (VectorSchemaRoot slice = whole ? null : source.slice(from, length);
        ArrowRecordBatch batch = new VectorUnloader(whole ? source : slice).getRecordBatch()) {
      new VectorLoader(out).load(batch);
    }
    sendOut(length);
    out.clear();
    return length;
  }

  private void sendOut(int length) {
    answer.send(sent ? null : metadata);
    sent = true;
    rows += length;
  }

  /** How many of the root's rows have about that many bytes; a multiple of 8 where possible. */
  private static int rowsOf(long bytes, VectorSchemaRoot root) {
    long all = root.getFieldVectors().stream().mapToLong(v -> v.getBufferSize()).sum();
    if (all <= bytes) {
      return root.getRowCount();
    }
    long rows = root.getRowCount() * bytes / all;
    return (int) Math.max(1, rows < 8 ? rows : rows & ~7L);
  }

  private static VectorSchemaRoot root(EngineQuery query, ArrowReader reader) {
    try {
      return reader.getVectorSchemaRoot();
    } catch (java.io.IOException e) {
      throw query.failure(e);
    }
  }
}
