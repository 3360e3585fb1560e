package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.storage.WritableStorage;
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

/** The mirrored tables, by the oids of their sources; belongs to the applier's thread. */
final class FollowedTables implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FollowedTables.class);

  /** Told, on the applier's thread, that a table takes no more changes. */
  interface StopListener {
    /** It cannot be kept exact. */
    void stopped(long tableId, String reason);

    /** It has to be copied anew. */
    default void overtaken(long tableId) {}
  }

  private final WritableStorage storage;
  private final StopListener listener;
  private final Map<Long, FollowedTable> byId = new HashMap<>();

  /** A partition may be in its root's mirror and in one of its own. */
  private final Map<Integer, List<FollowedTable>> bySource = new HashMap<>();

  /** Definitions announced on this connection, of any table of the publication. */
  private final Map<Integer, Announced> relations = new HashMap<>();

  private record Announced(Relation relation, ByteBuffer bytes) {}

  FollowedTables(WritableStorage storage, StopListener listener) {
    this.storage = storage;
    this.listener = listener;
  }

  List<FollowedTable> bySource(int oid) {
    return bySource.getOrDefault(oid, List.of());
  }

  /** The one table with rows in that relation; null when there is none, or more. */
  FollowedTable onlyBySource(int oid) {
    List<FollowedTable> tables = bySource(oid);
    return tables.size() == 1 ? tables.get(0) : null;
  }

  FollowedTable byId(long tableId) {
    return byId.get(tableId);
  }

  Collection<FollowedTable> all() {
    return byId.values();
  }

  List<FollowedTable> draining() {
    List<FollowedTable> draining = new ArrayList<>();
    for (FollowedTable table : byId.values()) {
      if (table.state() == FollowedTable.State.DRAINING) {
        draining.add(table);
      }
    }
    return draining;
  }

  void follow(FollowedTable table) {
    FollowedTable before = byId.put(table.id(), table);
    if (before != null) {
      forgetSources(before);
      before.stop();
    }
    addSources(table);
  }

  /** The table has these sources from here on. */
  void follow(FollowedTable table, Collection<Integer> sources) {
    forgetSources(table);
    table.sources(sources);
    addSources(table);
  }

  private void addSources(FollowedTable table) {
    for (int source : table.sources()) {
      bySource.computeIfAbsent(source, oid -> new ArrayList<>(1)).add(table);
      Announced announced = relations.get(source);
      if (announced != null) {
        announce(table, announced);
      }
    }
  }

  private void forgetSources(FollowedTable table) {
    for (int source : table.sources()) {
      List<FollowedTable> tables = bySource.get(source);
      if (tables != null && tables.remove(table) && tables.isEmpty()) {
        bySource.remove(source);
      }
    }
  }

  /** Rows of this relation have this form from here on. */
  void announce(Relation relation, ByteBuffer bytes) {
    Announced announced = new Announced(relation, bytes);
    relations.put(relation.id(), announced);
    bySource(relation.id()).forEach(table -> announce(table, announced));
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
    listener.overtaken(table.id());
  }

  /** Definitions that were taken but not applied come again. */
  void takeFormsOf(WritableStorage storage) {
    for (TableSchema schema : storage.tables()) {
      FollowedTable table = byId(schema.tableId());
      if (table != null && !table.stashes()) {
        table.redefine(schema);
      }
    }
  }

  void remove(FollowedTable table) {
    if (byId.remove(table.id(), table)) {
      forgetSources(table);
    }
    table.stop();
  }

  @Override
  public void close() {
    byId.values().forEach(FollowedTable::stop);
    byId.clear();
    bySource.clear();
  }
}
