package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.storage.Storage;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mirrored tables, by the oid of their source; belongs to the applier's thread. */
final class FollowedTables implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FollowedTables.class);

  /** Told, on the applier's thread, that a table stopped. */
  interface StopListener {
    void stopped(long tableId, String reason);
  }

  private final Storage storage;
  private final StopListener listener;
  private final Map<Integer, FollowedTable> bySource = new HashMap<>();

  /** Definitions announced on this connection, of any table of the publication. */
  private final Map<Integer, Announced> relations = new HashMap<>();

  private record Announced(Relation relation, ByteBuffer bytes) {}

  FollowedTables(Storage storage, StopListener listener) {
    this.storage = storage;
    this.listener = listener;
  }

  FollowedTable bySource(int oid) {
    return bySource.get(oid);
  }

  FollowedTable byId(long tableId) {
    return bySource.values().stream().filter(t -> t.id() == tableId).findFirst().orElse(null);
  }

  Collection<FollowedTable> all() {
    return bySource.values();
  }

  List<FollowedTable> draining() {
    List<FollowedTable> draining = new ArrayList<>();
    for (FollowedTable table : bySource.values()) {
      if (table.state() == FollowedTable.State.DRAINING) {
        draining.add(table);
      }
    }
    return draining;
  }

  void follow(FollowedTable table) {
    FollowedTable before = bySource.put(table.sourceOid(), table);
    if (before != null) {
      before.stop();
    }
    Announced announced = relations.get(table.sourceOid());
    if (announced != null) {
      announce(table, announced);
    }
  }

  /** Rows of this relation have this form from here on. */
  void announce(Relation relation, ByteBuffer bytes) {
    Announced announced = new Announced(relation, bytes);
    relations.put(relation.id(), announced);
    FollowedTable table = bySource.get(relation.id());
    if (table != null) {
      announce(table, announced);
    }
  }

  /** Stashed changes meet their definitions again in the order they came. */
  private static void announce(FollowedTable table, Announced announced) {
    if (table.stashes()) {
      table.stash().add(Lsn.ZERO.value(), announced.bytes());
    } else {
      table.announce(announced.relation());
    }
  }

  /** A new connection announces everything again. */
  void forgetRelations() {
    relations.clear();
  }

  /** Stops one table, loudly; the others go on. */
  void stop(FollowedTable table, String reason) {
    log.error("table {} stopped: {}", table.schema().tableName(), reason);
    table.stop();
    storage.failTable(table.id(), reason);
    listener.stopped(table.id(), reason);
  }

  /** Ends a table where readers see it; it is copied anew when the catalog says so. */
  void freeze(FollowedTable table) {
    log.info("table {} is to be copied anew", table.schema().tableName());
    table.stop();
    storage.freeze(table.id());
    listener.stopped(table.id(), "the definition of its source has changed");
  }

  /** Definitions that were taken but not applied come again. */
  void takeFormsOf(Storage storage) {
    for (TableSchema schema : storage.tables()) {
      FollowedTable table = byId(schema.tableId());
      if (table != null && !table.stashes()) {
        table.redefine(schema);
      }
    }
  }

  void remove(FollowedTable table) {
    bySource.remove(table.sourceOid(), table);
    table.stop();
  }

  @Override
  public void close() {
    bySource.values().forEach(FollowedTable::stop);
    bySource.clear();
  }
}
