package io.datrang.replication.writes;

import io.datrang.replication.values.RowBatch;
import io.datrang.storage.EngineTable;
import io.datrang.storage.TypeMapping;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Column;
import io.datrang.types.RowId;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * What one message of a transaction that is still running will publish. Its transaction's requests
 * may come on several threads; everything is synchronized.
 *
 * <p>A chunk of one upload stays in memory, one of several goes to a file. For its own
 * transaction's reads it is loaded into the engine, when there is such a read.
 */
public final class StagedChunk implements AutoCloseable {
  /** Rows of at most this size travel in WAL. */
  private static final int INLINE_BYTES_MAX = 64 << 10;

  private final TableSchema table;
  private final boolean truncate;
  private final WritableStorage storage;
  private final StagingDirectory directory;

  private RowBlock only;
  private String fileName;
  private StagedFile file;
  private long rows;
  private long[] deletes = {};
  private boolean complete;

  private EngineTable loadedRows;
  private EngineTable loadedDeletes;
  private long rowsLoaded;

  StagedChunk(
      TableSchema table, boolean truncate, WritableStorage storage, StagingDirectory directory) {
    this.table = table;
    this.truncate = truncate;
    this.storage = storage;
    this.directory = directory;
  }

  public TableSchema table() {
    return table;
  }

  /** Whether all rows from before it are gone. */
  public boolean truncates() {
    return truncate;
  }

  public synchronized long rows() {
    return rows;
  }

  public synchronized long deletes() {
    return deletes.length;
  }

  boolean isInFile() {
    return fileName != null;
  }

  String fileName() {
    return fileName;
  }

  /**
   * Takes an upload, checked by now.
   *
   * @return what the message has to say when this was the last one, else null
   */
  synchronized WriteRecord add(Write write, RowBlock block) {
    if (complete || write.offset() != rows) {
      throw new WriteLostException(
          "the sidecar has "
              + rows
              + " rows where the transaction has sent "
              + write.offset()
              + ": it was restarted since");
    }
    try {
      if (file == null && (!write.last() || block.bytes().length > INLINE_BYTES_MAX)) {
        fileName = StagingDirectory.name(write.transaction().xid(), block.firstRow());
        file = directory.create(fileName);
      }
      if (file != null) {
        file.append(block);
      } else {
        only = block;
      }
      rows += block.rows();
      deletes = write.deletes();
      return write.last() ? complete(block) : null;
    } catch (IOException e) {
      throw new StagingFailedException(e);
    }
  }

  private WriteRecord complete(RowBlock block) throws IOException {
    complete = true;
    if (file == null) {
      return new WriteRecord(table.tableId(), truncate, block, null, deletes);
    }
    file.finish();
    file.close();
    RowBlock none = new RowBlock(block.firstRow(), 0, new byte[0]);
    return new WriteRecord(table.tableId(), truncate, none, fileName, deletes);
  }

  /** An engine query for the chunk's rows, or null when it has none. */
  public synchronized String select() {
    if (rows == 0) {
      return null;
    }
    if (loadedRows == null) {
      loadedRows = new EngineTable(storage, table.columns());
    }
    if (rowsLoaded < rows) {
      if (only != null) {
        load(only);
      } else {
        long[] skip = {rowsLoaded};
        directory.read(
            fileName,
            block -> {
              skip[0] -= block.rows();
              if (skip[0] < 0) {
                load(block);
              }
            });
      }
    }
    return loadedRows.select();
  }

  private void load(RowBlock block) {
    try (RowBatch batch = block.decode(table, storage.allocator())) {
      loadedRows.append(batch.finish());
      rowsLoaded += batch.rows();
    }
  }

  /** An engine query for the ids of the rows it deletes, or null when there are none. */
  public synchronized String selectDeletes() {
    if (deletes.length == 0) {
      return null;
    }
    if (loadedDeletes == null) {
      loadedDeletes = new EngineTable(storage, List.of(rowIdColumn(table)));
      try (VectorSchemaRoot root = ids(deletes, table, storage)) {
        loadedDeletes.append(root);
      }
    }
    return loadedDeletes.select();
  }

  private static Column rowIdColumn(TableSchema table) {
    return table.column(RowId.COLUMN).orElseThrow();
  }

  /** Row ids as a batch of keys; the caller closes it. */
  static VectorSchemaRoot ids(long[] ids, TableSchema table, WritableStorage storage) {
    VectorSchemaRoot root = VectorSchemaRoot.create(TypeMapping.keys(table), storage.allocator());
    BigIntVector vector = (BigIntVector) (FieldVector) root.getVector(0);
    vector.allocateNew(ids.length);
    for (int i = 0; i < ids.length; i++) {
      vector.set(i, ids[i]);
    }
    root.setRowCount(ids.length);
    return root;
  }

  /** Forgets it; a complete file stays until it is known what became of the transaction. */
  @Override
  public synchronized void close() {
    if (loadedRows != null) {
      loadedRows.close();
      loadedRows = null;
    }
    if (loadedDeletes != null) {
      loadedDeletes.close();
      loadedDeletes = null;
    }
    if (file != null && !complete) {
      complete = true;
      try {
        file.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        directory.delete(fileName);
      }
    }
  }
}
