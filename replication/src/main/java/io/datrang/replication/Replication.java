package io.datrang.replication;

import io.datrang.replication.apply.Applier;
import io.datrang.replication.apply.ApplyLimits;
import io.datrang.replication.apply.CommitListener;
import io.datrang.replication.apply.Inbox;
import io.datrang.replication.apply.NativeTables;
import io.datrang.replication.backfill.Backfills;
import io.datrang.replication.backfill.CopyOptions;
import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.catalog.CatalogTable.State;
import io.datrang.replication.catalog.MirrorCatalog;
import io.datrang.replication.catalog.SidecarRow;
import io.datrang.replication.connect.SourceServer;
import io.datrang.replication.wal.ReplicationStream;
import io.datrang.replication.wal.ServerIdentity;
import io.datrang.replication.wal.SlotGuard;
import io.datrang.replication.wal.StartRefusedException;
import io.datrang.replication.wal.StreamStatus;
import io.datrang.replication.writes.StagedWrites;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one database: keeps the mirrors in storage equal to their sources, and starts and ends
 * mirrors as the catalog says.
 *
 * <p>Threads: {@code datrang-wal-reader} owns the stream, {@code datrang-replication} everything
 * that changes storage, {@code datrang-catalog} watches the catalog, {@code datrang-backfill} and
 * {@code datrang-copy-…} copy tables. Does not close storage.
 */
public final class Replication implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Replication.class);

  private final ReplicationConfig config;
  private final WritableStorage storage;
  private final StagedWrites writes;
  private final String version;
  private final Consumer<String> lostListener;
  private final SourceServer server;

  private Applier applier;
  private ReplicationStream stream;
  private Backfills backfills;
  private Mirrors mirrors;
  private ServerProbe probe;
  private CatalogWatcher watcher;

  private record ApplyFailure(String message, Lsn at) {}

  private volatile ApplyFailure applyFailure;
  private volatile CommitListener commitListener = (arrived, decoded, visible) -> {};
  private volatile SessionListener sessionListener = (busy, asked) -> {};

  /**
   * @param writes where transactions put what they write to native tables; not closed here
   * @param version of the sidecar, for the catalog
   * @param lostListener told, once, that changes were lost while running: this has to be closed and
   *     made anew, and {@link #start} will freeze the tables
   */
  public Replication(
      ReplicationConfig config,
      WritableStorage storage,
      StagedWrites writes,
      String version,
      Consumer<String> lostListener) {
    this.lostListener = lostListener;
    this.config = config;
    this.storage = storage;
    this.writes = writes;
    this.version = version;
    this.server = new SourceServer(config.url(), config.credentials());
  }

  /**
   * Checks that nothing was lost since the last run and starts following; tables that have lost
   * changes are frozen.
   *
   * @throws StartRefusedException when following would lose changes; the message says what to do
   * @throws SQLException when the server cannot be asked
   */
  public void start() throws SQLException {
    long systemIdentifier;
    String messageKey;
    List<CatalogTable> tables;
    Map<Long, List<Integer>> partitions;
    try (Connection sql = server.sql();
        Connection replication = server.replication()) {
      ServerIdentity identity = ServerIdentity.read(replication);
      SidecarRow row = SidecarRow.read(sql);
      messageKey = row.messageKey();
      systemIdentifier = identity.systemIdentifier();
      identity.checkPosition(storage.durableLsn());
      SlotGuard guard =
          new SlotGuard(
              sql, (int) config.snapshotTimeout().toSeconds(), config.slot(), config.publication());
      MirrorCatalog catalog = new MirrorCatalog(sql, config.publication());
      if (catalog.tables().stream().anyMatch(Replication::isFollowed)) {
        String gap = identity.difference(row.systemIdentifier().orElse(systemIdentifier));
        gap = gap == null ? guard.gap(storage.durableLsn()) : gap;
        if (gap != null) {
          freezeAll(catalog.tables(), gap);
        }
      }
      tables = catalog.tables();
      Lsn from =
          guard.prepare(storage.durableLsn(), tables.stream().anyMatch(Replication::isFollowed));
      if (!storage.appliedLsn().isAtLeast(from)) {
        storage.advance(from);
      }
      partitions = catalog.partitionsAt(storage.appliedLsn());
      SidecarRow.register(sql, systemIdentifier, config.slot(), version);
    }
    wire(systemIdentifier, messageKey);
    applier.start();
    mirrors.resume(tables, partitions);
    stream.start();
    watcher.start();
  }

  private static boolean isFollowed(CatalogTable table) {
    return table.state() == State.STREAMING;
  }

  /**
   * Ends all tables where they are, and makes that durable, before anything else goes on: changes
   * are missing that cannot be had any more.
   */
  private void freezeAll(List<CatalogTable> tables, String gap) {
    log.error("all mirrors are frozen at {}: {}", storage.appliedLsn(), gap);
    for (CatalogTable table : tables) {
      if (isFollowed(table)) {
        storage.failTable(
            table.tableId(),
            gap + "; " + CatalogTable.resync(table.sourceSchema(), table.sourceName()));
      }
    }
    storage.flush();
  }

  private void wire(long systemIdentifier, String messageKey) {
    Inbox inbox = new Inbox(config.inboxBytesMax());
    ApplyLimits limits =
        new ApplyLimits(
            config.batchChangesMax(),
            config.batchBytesMax(),
            config.transactionBytesMax(),
            config.stashBytesMax(),
            config.spillDirectory());
    applier =
        new Applier(
            storage,
            new NativeTables(storage, server, config.publication(), writes),
            limits,
            inbox,
            messageKey,
            config.silenceMax(),
            this::applyFailed,
            (arrived, decoded, visible) -> commitListener.visible(arrived, decoded, visible));
    stream =
        new ReplicationStream(
            server,
            systemIdentifier,
            config.slot(),
            config.publication(),
            config.protocolMax(),
            config.statusInterval(),
            config.reconnectWaitMax(),
            storage,
            inbox);
    CopyOptions options =
        new CopyOptions(
            config.copyThreads(),
            config.copyTablesMax(),
            (int) config.snapshotTimeout().toSeconds());
    backfills = new Backfills(server, config.publication(), applier, storage, options);
    mirrors = new Mirrors(storage, applier, backfills);
    probe = new ServerProbe(config.slot(), config.silenceMax());
    SessionWatch sessions = new SessionWatch((busy, asked) -> sessionListener.busy(busy, asked));
    watcher =
        new CatalogWatcher(server, config, mirrors, writes, stream, probe, sessions, lostListener);
  }

  /** Has commits reported that become visible; any thread. */
  public void onVisible(CommitListener listener) {
    commitListener = listener;
  }

  /** Has the server's sessions reported; on the catalog's thread. */
  public void onSessions(SessionListener listener) {
    sessionListener = listener;
  }

  private void applyFailed(Throwable failure) {
    String message = "applying changes failed: " + failure.getMessage();
    applyFailure = new ApplyFailure(message, storage.appliedLsn());
    stream.reconnect(message);
  }

  /** Why changes after {@code applied} cannot be applied, or null when they can as far as known. */
  private String applyError(Lsn applied) {
    ApplyFailure failure = applyFailure;
    return failure == null || applied.compareTo(failure.at()) > 0 ? null : failure.message();
  }

  /** Any thread, after {@link #start}. */
  public ReplicationStatus status() {
    StreamStatus now = stream.status();
    Lsn durable = storage.durableLsn();
    Lsn applied = storage.appliedLsn();
    Lsn serverLsn = Lsn.max(probe.flushed(), applied);
    return new ReplicationStatus(
        now.connected(),
        serverLsn,
        Lsn.max(now.received(), applied),
        applied,
        durable,
        now.acknowledged(),
        serverLsn.value() - applied.value(),
        probe.lagSeconds(applied),
        probe.retainedBytes(),
        now.error() == null ? applyError(applied) : now.error(),
        mirrors.status());
  }

  /** Ends all threads; what was not applied comes again at the next start. */
  @Override
  public void close() {
    if (watcher != null) {
      watcher.close();
      backfills.close();
      stream.close();
      applier.close();
    }
  }
}
