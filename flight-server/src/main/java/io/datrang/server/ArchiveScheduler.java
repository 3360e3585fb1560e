package io.datrang.server;

import io.datrang.server.config.ServerConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code datrang-archive}: has PostgreSQL run the archive policies, soon after the start
 * and then every interval. A session that ends in the middle leaves a run that the next takes over.
 * The copying is done by a backend, which comes back to this sidecar as any other does.
 */
final class ArchiveScheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveScheduler.class);

  /** Another session has the lock of {@code run_archive_policies}. */
  private static final String IN_USE = "55006";

  /** For the first time, and while PostgreSQL cannot be followed. */
  private static final long SOON_MS = 10_000;

  private final String url;
  private final Properties credentials = new Properties();
  private final Duration interval;
  private final BooleanSupplier ready;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "datrang-archive");
  private volatile Statement running;

  private ArchiveScheduler(
      ServerConfig.Postgres postgres, Duration interval, BooleanSupplier ready) {
    this.url = postgres.jdbcUrl();
    this.interval = interval;
    this.ready = ready;
    credentials.setProperty("user", postgres.user());
    credentials.setProperty("ApplicationName", "datrang archive policies");
    credentials.setProperty("connectTimeout", "10");
    credentials.setProperty("tcpKeepAlive", "true");
    if (postgres.password() != null) {
      credentials.setProperty("password", postgres.password());
    }
  }

  /**
   * @param interval more than nothing
   * @param ready whether rows can be written
   */
  static ArchiveScheduler start(
      ServerConfig.Postgres postgres, Duration interval, BooleanSupplier ready) {
    ArchiveScheduler scheduler = new ArchiveScheduler(postgres, interval, ready);
    scheduler.thread.setDaemon(true);
    scheduler.thread.start();
    return scheduler;
  }

  private void run() {
    long soonMs = Math.min(SOON_MS, interval.toMillis());
    long waitMs = soonMs;
    try {
      while (!stopping.await(waitMs, TimeUnit.MILLISECONDS)) {
        waitMs = soonMs;
        if (ready.getAsBoolean()) {
          runPolicies();
          waitMs = interval.toMillis();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void runPolicies() {
    try (Connection connection = DriverManager.getConnection(url, credentials);
        Statement statement = connection.createStatement()) {
      running = statement;
      if (stopping.getCount() > 0) {
        statement.execute("CALL datrang.run_archive_policies()");
      }
    } catch (SQLException e) {
      if (IN_USE.equals(e.getSQLState()) || stopping.getCount() == 0) {
        LOG.debug("archive policies: {}", e.getMessage());
      } else {
        LOG.warn("archive policies: {}", e.getMessage());
      }
    } finally {
      running = null;
    }
  }

  /** Ends the thread; what it is doing is cancelled. */
  @Override
  public void close() {
    stopping.countDown();
    Statement statement = running;
    try {
      if (statement != null) {
        statement.cancel();
      }
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (SQLException e) {
      LOG.debug("cannot cancel the archive policies: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
