package io.datrang.storage.parquet;

import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/**
 * Hands rows of an Arrow batch to Parquet straight from the vectors. A row is named by a {@link
 * Cursor}; there are no row objects.
 */
final class ArrowRows extends WriteSupport<ArrowRows.Cursor> {

  /** The batch being written and the row in it. */
  static final class Cursor {
    int row;
    private VectorCell[] cells;

    void batch(TableSchema table, VectorSchemaRoot batch) {
      List<Column> columns = table.columns();
      cells = new VectorCell[columns.size()];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = VectorCell.of(columns.get(i).type(), batch.getVector(i));
      }
    }
  }

  private final MessageType schema;
  private final String[] names;
  private RecordConsumer to;

  ArrowRows(MessageType schema) {
    this.schema = schema;
    this.names =
        schema.getFields().stream()
            .map(org.apache.parquet.schema.Type::getName)
            .toArray(String[]::new);
  }

  @Override
  public WriteContext init(Configuration configuration) {
    throw new UnsupportedOperationException("written without Hadoop");
  }

  @Override
  public WriteContext init(ParquetConfiguration configuration) {
    return new WriteContext(schema, Map.of());
  }

  @Override
  public void prepareForWrite(RecordConsumer consumer) {
    to = consumer;
  }

  @Override
  public void write(Cursor cursor) {
    int row = cursor.row;
    to.startMessage();
    for (int i = 0; i < names.length; i++) {
      VectorCell cell = cursor.cells[i];
      if (!cell.isNull(row)) {
        to.startField(names[i], i);
        cell.write(to, row);
        to.endField(names[i], i);
      }
    }
    to.endMessage();
  }
}
