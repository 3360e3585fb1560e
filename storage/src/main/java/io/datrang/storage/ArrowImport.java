package io.datrang.storage;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBConnection;

/**
 * One Arrow batch as a relation of the engine, for one statement on one connection; the batch's
 * memory is shared, not copied. The one place where Arrow enters the engine.
 *
 * <p>Columns are named {@code a0, a1, …} by position, whatever the batch calls them: the engine
 * does not tell {@code a} from {@code A}.
 */
final class ArrowImport implements AutoCloseable {
  /** The relation's name; a later import on the same connection takes it over. */
  static final String RELATION = "arrow_import";

  private final ArrowArrayStream stream;

  private ArrowImport(ArrowArrayStream stream) {
    this.stream = stream;
  }

  static ArrowImport of(
      DuckDBConnection connection, BufferAllocator allocator, VectorSchemaRoot batch) {
    ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator);
    try {
      Data.exportArrayStream(allocator, new OneBatch(allocator, byPosition(batch)), stream);
      connection.registerArrowStream(RELATION, stream);
    } catch (RuntimeException e) {
      stream.close();
      throw e;
    }
    return new ArrowImport(stream);
  }

  /** Registers the batch, runs the statement, which reads {@link #RELATION} once. */
  static long run(
      DuckDBConnection connection, BufferAllocator allocator, VectorSchemaRoot batch, String sql)
      throws SQLException {
    try (ArrowImport ignored = of(connection, allocator, batch)) {
      return EngineDatabase.run(connection, sql);
    }
  }

  static String column(int position) {
    return "a" + position;
  }

  private static VectorSchemaRoot byPosition(VectorSchemaRoot batch) {
    List<Field> fields = new ArrayList<>();
    for (Field field : batch.getSchema().getFields()) {
      fields.add(new Field(column(fields.size()), field.getFieldType(), field.getChildren()));
    }
    return new VectorSchemaRoot(fields, batch.getFieldVectors(), batch.getRowCount());
  }

  @Override
  public void close() {
    stream.close();
  }

  /** Yields the batch once; never closes it. */
  private static final class OneBatch extends ArrowReader {
    private final VectorSchemaRoot batch;
    private boolean read;

    OneBatch(BufferAllocator allocator, VectorSchemaRoot batch) {
      super(allocator);
      this.batch = batch;
    }

    @Override
    public VectorSchemaRoot getVectorSchemaRoot() {
      return batch;
    }

    @Override
    public Map<Long, Dictionary> getDictionaryVectors() {
      return Map.of();
    }

    @Override
    public boolean loadNextBatch() {
      boolean first = !read;
      read = true;
      return first;
    }

    @Override
    public long bytesRead() {
      return 0;
    }

    @Override
    public void close() {}

    @Override
    protected void closeReadSource() {}

    @Override
    protected Schema readSchema() {
      return batch.getSchema();
    }
  }
}
