package io.datrang.replication.writes;

import io.datrang.replication.values.RowBatch;
import io.datrang.storage.TableChanges;
import io.datrang.storage.TypeMapping;
import io.datrang.storage.WritableStorage;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Takes the committed writes of one native table in order; one thread. */
public final class NativeFold {
  private final TableSchema table;
  private final WritableStorage storage;
  private final List<RowBlock> blocks = new ArrayList<>();
  private final Set<Long> deletes = new HashSet<>();
  private boolean truncated;

  public NativeFold(TableSchema table, WritableStorage storage) {
    this.table = table;
    this.storage = storage;
  }

  public void truncate() {
    truncated = true;
    blocks.clear();
    deletes.clear();
  }

  public void insert(RowBlock block) {
    blocks.add(block);
  }

  public void delete(long rowId) {
    deletes.add(rowId);
  }

  /** What was taken; the caller closes it. */
  public TableChanges changes() {
    Set<Long> stored = new HashSet<>(deletes);
    RowBatch upserts = new RowBatch(table.columns(), TypeMapping.rows(table), storage.allocator());
    try {
      for (RowBlock block : blocks) {
        block.decode(upserts, id -> !stored.remove(id));
      }
      VectorSchemaRoot keys =
          stored.isEmpty()
              ? null
              : StagedChunk.ids(
                  stored.stream().mapToLong(Long::longValue).toArray(), table, storage);
      return new TableChanges(
          table.tableId(), truncated, keys, upserts.rows() == 0 ? null : upserts.detach());
    } finally {
      upserts.close();
    }
  }
}
