package io.datrang.replication;

import io.datrang.replication.catalog.MirrorCatalog;
import io.datrang.replication.connect.SourceServer;
import io.datrang.replication.wal.Backoff;
import io.datrang.replication.wal.ReplicationStream;
import io.datrang.replication.writes.StagedWrites;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for {@code NOTIFY datrang}, reads the catalog then and now and again, and probes the server
 * every second. One thread with a connection of its own.
 */
final class CatalogWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CatalogWatcher.class);
  private static final int PROBE_MS = 1000;
  private static final long CLOSE_MS_MAX = 10_000;

  private final SourceServer server;
  private final String slot;
  private final String publication;
  private final Duration pollInterval;
  private final Duration silenceMax;
  private final Mirrors mirrors;
  private final StagedWrites writes;
  private final ReplicationStream stream;
  private final ServerProbe probe;
  private final SessionWatch sessions;
  private final Consumer<String> lostListener;
  private final Backoff backoff;
  private final Thread thread = new Thread(this::run, "datrang-catalog");
  private volatile boolean closed;
  private volatile Connection connection;

  /** Why the catalog cannot be read, once that is logged; null when it can. */
  private String problem;

  CatalogWatcher(
      SourceServer server,
      ReplicationConfig config,
      Mirrors mirrors,
      StagedWrites writes,
      ReplicationStream stream,
      ServerProbe probe,
      SessionWatch sessions,
      Consumer<String> lostListener) {
    this.lostListener = lostListener;
    this.server = server;
    this.slot = config.slot();
    this.publication = config.publication();
    this.pollInterval = config.pollInterval();
    this.silenceMax = config.silenceMax();
    this.mirrors = mirrors;
    this.writes = writes;
    this.stream = stream;
    this.probe = probe;
    this.sessions = sessions;
    this.backoff = new Backoff(100, config.reconnectWaitMax().toMillis());
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (!closed) {
      try (Connection opened = server.sql((int) Math.max(1, silenceMax.toSeconds()))) {
        connection = opened;
        watch(opened);
        return;
      } catch (SQLException | RuntimeException e) {
        pause(e);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void pause(Exception e) {
    if (closed) {
      return;
    }
    String reason = String.valueOf(e.getMessage());
    if (!reason.equals(problem)) {
      log.warn("cannot read the catalog: {}", reason);
    }
    problem = reason;
    try {
      TimeUnit.MILLISECONDS.sleep(backoff.nextMs());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns when there is nothing to watch any more: closed, or the slot is lost. */
  private void watch(Connection opened) throws SQLException, InterruptedException {
    try (Statement statement = opened.createStatement()) {
      statement.execute("LISTEN datrang");
    }
    MirrorCatalog catalog = new MirrorCatalog(opened, publication);
    PGConnection notifications = opened.unwrap(PGConnection.class);
    boolean due = true;
    long readNanos = 0;
    while (!closed) {
      if (due || System.nanoTime() - readNanos >= pollInterval.toNanos()) {
        catalog.followLate();
        mirrors.reconcile(catalog.tables());
        writes.clean(opened);
        readNanos = System.nanoTime();
      }
      sessions.look(opened);
      if (probe.probe(opened, stream.status())) {
        stream.reconnect("the server sends, but nothing arrives");
      }
      if (probe.slotIsLost()) {
        lostListener.accept("replication slot \"" + slot + "\" is lost");
        return;
      }
      backoff.reset();
      if (problem != null) {
        log.info("the catalog can be read again");
        problem = null;
      }
      due = notifications.getNotifications(PROBE_MS).length > 0;
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      Connection open = connection;
      if (open != null) {
        open.abort(Runnable::run);
      }
      thread.join(CLOSE_MS_MAX);
    } catch (SQLException e) {
      log.debug("abort failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
