package io.datrang.storage;

import io.datrang.types.Lsn;
import java.util.List;

/**
 * One or more whole transactions in commit order; becomes visible to readers at once, in all
 * tables.
 *
 * @param endLsn {@code end_lsn} of the last transaction's COMMIT
 * @param tables at most one entry per table
 */
public record ChangeBatch(Lsn endLsn, List<TableChanges> tables) implements AutoCloseable {
  public ChangeBatch {
    tables = List.copyOf(tables);
  }

  @Override
  public void close() {
    tables.forEach(TableChanges::close);
  }
}
