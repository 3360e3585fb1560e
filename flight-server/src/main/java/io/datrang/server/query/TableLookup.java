package io.datrang.server.query;

import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import java.util.Optional;

/** Finds tables in snapshots and says why one cannot be read. */
public final class TableLookup {
  /** What is known of tables that are not readable yet; filled by replication. */
  public interface TableStates {
    /** State and progress in words, for example {@code backfilling, 40 %}; empty when unknown. */
    Optional<String> describe(long tableId);
  }

  private final TableStates states;

  public TableLookup(TableStates states) {
    this.states = states;
  }

  /**
   * The table, readable.
   *
   * @throws TableUnavailableException when it is not readable now
   * @throws UnknownTableException when nothing is known of it
   */
  public TableSnapshot readable(Snapshot snapshot, long tableId) {
    Optional<TableSnapshot> table = snapshot.table(tableId);
    if (table.isEmpty()) {
      String state =
          states
              .describe(tableId)
              .orElseThrow(
                  () ->
                      new UnknownTableException(
                          "columnar table " + tableId + " is not known to the sidecar"));
      throw new TableUnavailableException(
          "columnar table " + tableId + " cannot be read yet", state);
    }
    return readable(table.get());
  }

  /** The table itself, if it is readable. */
  public TableSnapshot readable(TableSnapshot table) {
    String reason = table.unreadableBecause();
    if (reason != null) {
      throw new TableUnavailableException(
          "columnar table \"" + table.schema().tableName() + "\" cannot be read: " + reason,
          states.describe(table.schema().tableId()).orElse(null));
    }
    return table;
  }
}
