package io.datrang.storage;

import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code datrang-catalog} of a read-only sidecar: publishes what the catalog has
 * whenever that has changed, and keeps the files of what is read from being removed.
 */
final class CatalogFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogFollower.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

  /** For an answer of PostgreSQL. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final DataSource source;
  private final EngineDatabase engine;
  private final CatalogReading reading;
  private final ReaderLease lease;
  private final SnapshotRegistry registry;
  private final Consumer<String> lost;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "datrang-catalog");
  private Connection connection;
  private long saidCommits;
  private Optional<Lsn> saidWanted = Optional.empty();
  private long saidAt;
  private volatile String problem;

  private CatalogFollower(
      DataSource source,
      EngineDatabase engine,
      CatalogReading reading,
      ReaderLease lease,
      Consumer<String> lost)
      throws SQLException {
    this.source = source;
    this.engine = engine;
    this.reading = reading;
    this.lease = lease;
    this.lost = lost;
    this.connection = connect();
    try {
      lease.take(connection);
      this.registry = new SnapshotRegistry(reading.read(connection));
      say(registry.current().layout(), Optional.empty());
    } catch (SQLException | RuntimeException e) {
      disconnect();
      throw e;
    }
    thread.setDaemon(true);
  }

  /**
   * Reads the catalog.
   *
   * @param lost told when the catalog went back: everything has to be opened anew
   */
  static CatalogFollower open(
      DataSource source,
      EngineDatabase engine,
      CatalogReading reading,
      ReaderLease lease,
      Consumer<String> lost) {
    try {
      return new CatalogFollower(source, engine, reading, lease, lost);
    } catch (SQLException e) {
      throw new StorageException("cannot read the catalog: " + e.getMessage(), e);
    }
  }

  void start() {
    thread.start();
  }

  SnapshotRegistry registry() {
    return registry;
  }

  /** Why the catalog is not followed at present, or null. */
  String problem() {
    return problem;
  }

  private Connection connect() throws SQLException {
    Connection fresh = source.getConnection();
    fresh.setNetworkTimeout(Runnable::run, (int) PATIENCE.toMillis());
    return fresh;
  }

  private void run() {
    try {
      while (!stopping.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          look();
          problem = null;
        } catch (SQLException | RuntimeException e) {
          if (stopping.getCount() > 0) {
            failed(e);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(Exception e) {
    if (problem == null) {
      LOG.warn("the catalog is not followed at present: {}", e.toString());
    }
    problem = "the catalog is not followed: " + e.getMessage();
    disconnect();
  }

  private void look() throws SQLException {
    if (connection == null) {
      connection = connect();
    }
    long commits = CatalogReading.commits(connection);
    long newest = registry.current().layout();
    if (commits < newest) {
      lost.accept("the catalog has gone back to commit %d from %d".formatted(commits, newest));
      return;
    }
    if (commits > newest) {
      publish(reading.read(connection));
    }
    registry.removeUnneeded();
    long oldest = registry.oldestLayout();
    Optional<Lsn> wanted = registry.awaited();
    if (oldest != saidCommits
        || !wanted.equals(saidWanted)
        || System.nanoTime() - saidAt > SIGN_OF_LIFE.toNanos()) {
      say(oldest, wanted);
    }
  }

  private void publish(SnapshotState next) {
    if (!next.lsn().isAtLeast(registry.current().lsn())) {
      lost.accept(
          "the catalog has gone back to %s from %s"
              .formatted(next.lsn(), registry.current().lsn()));
      return;
    }
    registry.publish(next);
    reading
        .gone()
        .forEach((table, keys) -> registry.retire(next.layout(), () -> forget(table, keys)));
  }

  private void forget(long tableId, List<Long> keys) {
    try (DuckDBConnection delta = engine.connect()) {
      EngineDatabase.run(delta, DeletedPositions.forget(tableId, keys));
    } catch (SQLException e) {
      throw new StorageException("cannot forget deleted positions: " + e.getMessage(), e);
    }
  }

  private void say(long commits, Optional<Lsn> wanted) throws SQLException {
    if (!lease.renew(connection, commits, registry.current().lsn(), wanted)) {
      LOG.warn("files of what is being read may have been removed: nothing was heard from here");
      lease.take(connection);
    }
    saidCommits = commits;
    saidWanted = wanted;
    saidAt = System.nanoTime();
  }

  private void disconnect() {
    try (Connection closes = connection) {
      connection = null;
    } catch (SQLException e) {
      LOG.debug("closing a connection failed", e);
    }
  }

  /** Ends the thread; files may go then. */
  @Override
  public void close() {
    stopping.countDown();
    try {
      thread.join(PATIENCE.toMillis());
      if (connection != null) {
        lease.release(connection);
      }
    } catch (SQLException e) {
      LOG.debug("the lease ends by itself", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      disconnect();
    }
  }
}
