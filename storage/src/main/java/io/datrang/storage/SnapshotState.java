package io.datrang.storage;

import io.datrang.types.Lsn;
import java.util.Map;

/**
 * What a snapshot is. Immutable.
 *
 * @param lsn everything committed up to here is in it
 * @param sequence number of the last batch in it
 * @param layout grows whenever files or generations leave the tables' views
 * @param tables by id
 */
record SnapshotState(Lsn lsn, long sequence, long layout, Map<Long, TableView> tables) {
  SnapshotState {
    tables = Map.copyOf(tables);
  }
}
