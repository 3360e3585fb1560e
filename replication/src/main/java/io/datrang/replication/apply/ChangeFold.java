package io.datrang.replication.apply;

import io.datrang.replication.fold.TableFold;
import io.datrang.replication.fold.TableStoppedException;
import io.datrang.replication.pgoutput.Message;
import io.datrang.replication.pgoutput.Message.Delete;
import io.datrang.replication.pgoutput.Message.Insert;
import io.datrang.replication.pgoutput.Message.Update;
import io.datrang.replication.writes.NativeFold;
import io.datrang.storage.ChangeBatch;
import io.datrang.storage.TableChanges;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The batch being built: one fold a table. A table that stops loses its changes, not the others.
 */
final class ChangeFold {
  private final WritableStorage storage;
  private final BiConsumer<FollowedTable, String> stop;
  private final Map<FollowedTable, TableFold> folds = new LinkedHashMap<>();
  private final Map<Long, NativeFold> natives = new LinkedHashMap<>();
  private long changes;
  private long bytes;

  /**
   * @param stop what to do with a table that cannot go on, and why it cannot
   */
  ChangeFold(WritableStorage storage, BiConsumer<FollowedTable, String> stop) {
    this.storage = storage;
    this.stop = stop;
  }

  long changes() {
    return changes;
  }

  long bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return folds.isEmpty() && natives.isEmpty();
  }

  /** Takes a row change of the table. */
  void take(FollowedTable table, Message message, int messageBytes) {
    try {
      if (message instanceof Insert insert) {
        SourceForm form = form(table, insert.relation());
        fold(table).insert(form.row(insert.row()));
      } else if (message instanceof Update update) {
        SourceForm form = form(table, update.relation());
        fold(table).update(update.oldKind(), form.row(update.old()), form.row(update.row()));
      } else if (message instanceof Delete delete) {
        SourceForm form = form(table, delete.relation());
        fold(table).delete(delete.oldKind(), form.row(delete.old()));
      }
      changes++;
      bytes += messageBytes;
    } catch (TableStoppedException e) {
      stop(table, e);
    }
  }

  private static SourceForm form(FollowedTable table, int source) {
    SourceForm form = table.form(source);
    form.verify(table.schema());
    return form;
  }

  void truncate(FollowedTable table) {
    fold(table).truncate();
    changes++;
  }

  /** What is taken of a native table; {@link #count} what is added to it. */
  NativeFold writes(TableSchema table) {
    return natives.computeIfAbsent(table.tableId(), id -> new NativeFold(table, storage));
  }

  void count(long newChanges, long newBytes) {
    changes += newChanges;
    bytes += newBytes;
  }

  void forget(FollowedTable table) {
    folds.remove(table);
  }

  private TableFold fold(FollowedTable table) {
    return folds.computeIfAbsent(table, t -> new TableFold(t.schema()));
  }

  private void stop(FollowedTable table, TableStoppedException reason) {
    forget(table);
    stop.accept(table, reason.getMessage());
  }

  /** What was taken, as one batch; the caller closes it. Starts anew. */
  ChangeBatch drain(Lsn endLsn) {
    List<TableChanges> tables = new ArrayList<>();
    try {
      for (FollowedTable table : List.copyOf(folds.keySet())) {
        try {
          TableChanges folded = folds.get(table).changes(storage);
          if (folded.truncate() || folded.deletes() != null || folded.upserts() != null) {
            tables.add(folded);
          }
        } catch (TableStoppedException e) {
          stop(table, e);
        }
      }
      for (NativeFold each : natives.values()) {
        tables.add(each.changes());
      }
    } catch (RuntimeException e) {
      tables.forEach(TableChanges::close);
      throw e;
    }
    clear();
    return new ChangeBatch(endLsn, tables);
  }

  void clear() {
    folds.clear();
    natives.clear();
    changes = 0;
    bytes = 0;
  }
}
