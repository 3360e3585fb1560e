package io.datrang.server.query;

import io.datrang.server.request.Freshness;
import io.datrang.server.request.Relation;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.Collection;
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

  /** The same for callers that must not wait: asks for no state, so its errors say less. */
  TableLookup withoutStates() {
    return new TableLookup(tableId -> Optional.empty());
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

  /**
   * The table's schema, if it is the one the request was made with.
   *
   * @throws TableUnavailableException when the snapshot has another version of it
   */
  public TableSchema schema(Snapshot snapshot, Relation.Table table) {
    TableSchema schema = readable(snapshot, table.tableId()).schema();
    if (schema.version() != table.version()) {
      throw new TableUnavailableException(
          "columnar table \""
              + schema.tableName()
              + "\" has another definition at "
              + snapshot.lsn()
              + ": version "
              + schema.version()
              + ", and the statement was planned with version "
              + table.version(),
          states.describe(table.tableId()).orElse(null));
    }
    return schema;
  }

  /**
   * Makes sure that tables which are not followed any more are read only by those who accept that,
   * and not together with tables of another position.
   *
   * @throws TableUnavailableException when they are not
   */
  public void checkPositions(
      Snapshot snapshot, Freshness freshness, Collection<TableSnapshot> together) {
    Lsn common = null;
    for (TableSnapshot table : together) {
      Lsn position = table.frozenAt().orElse(snapshot.lsn());
      if (freshness instanceof Freshness.Latest latest && !position.isAtLeast(latest.atLeast())) {
        throw frozen(
            table,
            " is frozen at " + position,
            "Set datrang.freshness to eventual to read it as of then.");
      }
      if (common != null && !common.equals(position)) {
        TableSnapshot frozen =
            together.stream().filter(t -> t.frozenAt().isPresent()).findAny().get();
        throw frozen(
            frozen,
            " is frozen at " + frozen.frozenAt().get(),
            "The other tables of the query are of another position; read it alone.");
      }
      common = position;
    }
  }

  private TableUnavailableException frozen(TableSnapshot table, String what, String choice) {
    String state = states.describe(table.schema().tableId()).orElse("");
    return new TableUnavailableException(
        "columnar table \"" + table.schema().tableName() + "\"" + what,
        (state.isEmpty() ? "" : state + " ") + choice);
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
