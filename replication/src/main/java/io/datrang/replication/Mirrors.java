package io.datrang.replication;

import io.datrang.replication.apply.Applier;
import io.datrang.replication.backfill.Backfills;
import io.datrang.replication.backfill.CopyProgress;
import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.catalog.CatalogTable.State;
import io.datrang.storage.WritableStorage;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what runs agree with what the catalog wants: starts copies of new mirrors, drops the ones
 * that are gone. Reconciled by one thread, read by any.
 */
final class Mirrors {
  private static final Logger log = LoggerFactory.getLogger(Mirrors.class);

  private final WritableStorage storage;
  private final Applier applier;
  private final Backfills backfills;
  private final Map<Long, CatalogTable> known = new HashMap<>();
  private final Set<Long> dropped = new HashSet<>();
  private volatile List<CatalogTable> current = List.of();

  Mirrors(WritableStorage storage, Applier applier, Backfills backfills) {
    this.storage = storage;
    this.applier = applier;
    this.backfills = backfills;
  }

  /**
   * Follows the tables that were complete when the last sidecar ended, but none that was not
   * published all the time since.
   *
   * @param partitions of partitioned tables, as of where the stream goes on
   */
  void resume(List<CatalogTable> tables, Map<Long, List<Integer>> partitions) {
    Map<Long, TableSchema> stored = new HashMap<>();
    storage.tables().forEach(schema -> stored.put(schema.tableId(), schema));
    for (CatalogTable table : tables) {
      if (table.state() == State.STREAMING) {
        // As of where the stream goes on; what the catalog has may be of later.
        TableSchema schema = stored.get(table.tableId());
        if (schema == null) {
          throw new IllegalStateException(
              "table " + table.source() + " is streaming in the catalog but not in storage");
        }
        if (table.isNative()) {
          log.debug("native table {} goes on", table.tableId());
        } else if (table.published()) {
          List<Integer> sources = partitions.getOrDefault(table.tableId(), table.sources());
          applier.follow(schema, sources, table.snapshotLsn()).join();
        } else {
          failUnpublished(table);
        }
        known.put(table.tableId(), table);
      }
    }
    for (TableSchema schema : storage.tables()) {
      if (tables.stream().noneMatch(t -> t.tableId() == schema.tableId())) {
        drop(schema.tableId());
      }
    }
  }

  /**
   * @param tables all mirrors in the catalog
   */
  void reconcile(List<CatalogTable> tables) throws InterruptedException {
    current = tables.stream().filter(t -> t.state() != State.DROPPED).toList();
    Set<Long> present = new HashSet<>();
    for (CatalogTable table : tables) {
      present.add(table.tableId());
      switch (table.state()) {
        case PENDING, BACKFILLING -> {
          if (!table.isNative()) { // its first message makes it
            backfills.start(table);
          }
        }
        case STREAMING -> {
          if (!table.isNative() && !table.published()) {
            failUnpublished(table);
          }
        }
        case DROPPED -> drop(table.tableId());
        case ERROR -> {}
      }
      if (table.state() != State.DROPPED) {
        known.put(table.tableId(), table);
      }
    }
    for (long tableId : List.copyOf(known.keySet())) {
      if (!present.contains(tableId)) {
        drop(tableId);
      }
    }
  }

  private void failUnpublished(CatalogTable table) {
    applier
        .fail(
            table.tableId(),
            "the source table was removed from the publication or published in part, so changes are"
                + " missing; "
                + CatalogTable.resync(table.sourceSchema(), table.sourceName()))
        .join();
  }

  private void drop(long tableId) {
    if (!dropped.contains(tableId)) {
      log.info("dropping mirror {}", tableId);
      try {
        backfills.cancel(tableId);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      applier.drop(tableId).join();
      dropped.add(tableId);
    }
    known.remove(tableId);
  }

  /** What the status view shows of each table. */
  List<TableReplication> status() {
    List<TableReplication> status = new ArrayList<>();
    for (CatalogTable table : current) {
      Optional<CopyProgress> progress = backfills.progress(table.tableId());
      status.add(
          new TableReplication(
              table.tableId(),
              table.state().name().toLowerCase(Locale.ROOT),
              progress.map(CopyProgress::toString).orElse(null),
              progress.map(CopyProgress::rows).orElse(0L),
              progress.map(CopyProgress::rowsEstimated).orElse(0L),
              progress.map(CopyProgress::fraction).orElse(0.0)));
    }
    return status;
  }
}
