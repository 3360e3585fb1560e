package io.datrang.replication.backfill;

import io.datrang.replication.apply.Applier;
import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.catalog.CatalogTable.State;
import io.datrang.replication.catalog.MirrorCatalog;
import io.datrang.replication.connect.OpenTransactions;
import io.datrang.replication.connect.SourceServer;
import io.datrang.storage.Backfill;
import io.datrang.storage.WritableStorage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One attempt to copy a table, from the snapshot to the commit. {@link #run} belongs to the
 * caller's thread; {@link #cancel} to any.
 */
final class TableCopy {
  private static final int BLOCKERS_AFTER_SECONDS = 2;

  private final SourceServer server;
  private final String publication;
  private final Applier applier;
  private final WritableStorage storage;

  /** As the catalog had it when the attempt began. */
  private CatalogTable table;

  private final CopyOptions options;
  private final CopyProgress progress;
  private final List<Connection> connections = new ArrayList<>();
  private boolean cancelled;
  private boolean begun;

  TableCopy(
      SourceServer server,
      String publication,
      Applier applier,
      WritableStorage storage,
      CatalogTable table,
      CopyOptions options,
      CopyProgress progress) {
    this.server = server;
    this.publication = publication;
    this.applier = applier;
    this.storage = storage;
    this.table = table;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Copies the table and publishes it; after an exception {@code Applier.forget} removes the rest.
   *
   * @return false when the catalog does not want the copy any more, and nothing was done
   */
  boolean run() throws SQLException, InterruptedException, ExecutionException {
    progress.begin("starting");
    ExecutorService threads =
        Executors.newCachedThreadPool(work -> new Thread(work, "datrang-copy-" + table.tableId()));
    try {
      return copy(threads);
    } finally {
      abortConnections();
      threads.shutdownNow();
      threads.awaitTermination(30, TimeUnit.SECONDS);
    }
  }

  /** Whether the table is not followed any more as it was before. */
  boolean hasBegun() {
    return begun;
  }

  private boolean copy(ExecutorService threads)
      throws SQLException, InterruptedException, ExecutionException {
    Connection holder = register(server.sql());
    MirrorCatalog catalog = new MirrorCatalog(holder, publication);
    if (!catalog.backfilling(table.tableId(), applier.knows(table.tableId()).get())) {
      return false;
    }
    table = catalog.table(table.tableId()).orElseThrow();
    begun = true;
    applier.stash(table.schema(), table.sources()).get();
    List<Connection> readers = new ArrayList<>();
    for (int i = 0; i < options.threads(); i++) {
      readers.add(register(server.copy()));
    }
    try (SnapshotSlot slot = createSlot(threads, holder)) {
      for (Connection reader : readers) {
        slot.importInto(reader);
      }
      checkDefinition(readers.get(0));
      slot.close(); // from here on the readers keep the snapshot alive, and no WAL is retained
      progress.phase("waiting for the table's lock");
      SourceTable source = SourceTable.lock(holder, readers.get(0), table);
      for (Connection reader : readers) {
        source.lockToo(reader);
      }
      try (Backfill backfill = applier.beginBackfill(table.schema()).get()) {
        progress.copying(source.blocks(), source.rowsEstimated());
        copyRanges(threads, source, readers, backfill);
        closeConnections();
        progress.copied();
        applier.catchUp(table.tableId(), slot.consistentPoint()).get();
        backfill.commit(slot.consistentPoint());
        return true;
      }
    }
  }

  /**
   * What came before the snapshot is not followed but copied, so the copy has to have begun with
   * the definition and the state of then.
   */
  private void checkDefinition(Connection snapshot) throws SQLException {
    CatalogTable then =
        new MirrorCatalog(snapshot, publication).table(table.tableId()).orElse(null);
    if (then == null
        || then.state() != State.BACKFILLING
        || !table.schema().equals(then.schema())
        || !table.sources().equals(then.sources())) {
      throw new SQLException("the definition of " + table.source() + " changed just now");
    }
  }

  private SnapshotSlot createSlot(ExecutorService threads, Connection holder)
      throws SQLException, InterruptedException, ExecutionException {
    progress.phase("waiting for a snapshot");
    String name = "datrang_copy_" + table.tableId() + "_" + Long.toHexString(System.nanoTime());
    Connection connection = register(server.replication());
    Future<SnapshotSlot> creation =
        threads.submit(() -> SnapshotSlot.create(connection, name, options.snapshotSecondsMax()));
    String blockers = null;
    while (true) {
      try {
        return creation.get(BLOCKERS_AFTER_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        blockers = OpenTransactions.oldest(holder);
        progress.phase("waiting for transactions that are still open: " + blockers);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof SnapshotSlot.SlotTimeoutException timeout) {
          throw new SQLException(timeout.getMessage() + ": " + blockers, timeout);
        }
        throw e;
      }
    }
  }

  private void copyRanges(
      ExecutorService threads, SourceTable source, List<Connection> readers, Backfill backfill)
      throws InterruptedException, ExecutionException {
    BlockRanges ranges = new BlockRanges(source.heaps(), readers.size());
    List<Future<?>> copiers = new ArrayList<>();
    for (Connection reader : readers) {
      RangeCopier copier = new RangeCopier(reader, table.schema(), storage.allocator(), progress);
      copiers.add(
          threads.submit(
              () -> {
                try {
                  copier.copy(ranges, backfill);
                } catch (SQLException | RuntimeException | Error e) {
                  abortConnections(); // the others need not go on
                  throw e;
                }
                return null;
              }));
    }
    ExecutionException failure = null;
    for (Future<?> copier : copiers) {
      try {
        copier.get();
      } catch (ExecutionException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private synchronized Connection register(Connection connection) throws SQLException {
    connections.add(connection);
    if (cancelled) {
      abortConnections();
      throw new SQLException("the copy was cancelled");
    }
    return connection;
  }

  private synchronized void closeConnections() throws SQLException {
    for (Connection connection : connections) {
      connection.close();
    }
    connections.clear();
  }

  /** Ends them whatever they are doing. */
  private synchronized void abortConnections() {
    for (Connection connection : connections) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        // it is closed already
      }
    }
    connections.clear();
  }

  /** Makes {@link #run} fail soon; any thread. */
  synchronized void cancel() {
    cancelled = true;
    abortConnections();
  }
}
