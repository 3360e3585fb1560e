package io.datrang.replication.backfill;

import io.datrang.replication.apply.Applier;
import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.connect.SourceServer;
import io.datrang.replication.fold.TableStoppedException;
import io.datrang.replication.values.ValueException;
import io.datrang.replication.wal.Backoff;
import io.datrang.storage.WritableStorage;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies tables in the background, a few at a time, each until it succeeds, is cancelled or turns
 * out impossible. Any thread.
 */
public final class Backfills implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Backfills.class);
  private static final long CLOSE_SECONDS_MAX = 60;

  private final SourceServer server;
  private final String publication;
  private final Applier applier;
  private final WritableStorage storage;
  private final CopyOptions options;
  private final ScheduledThreadPoolExecutor threads;
  private final Map<Long, Job> jobs = new ConcurrentHashMap<>();

  public Backfills(
      SourceServer server,
      String publication,
      Applier applier,
      WritableStorage storage,
      CopyOptions options) {
    this.server = server;
    this.publication = publication;
    this.applier = applier;
    this.storage = storage;
    this.options = options;
    this.threads =
        new ScheduledThreadPoolExecutor(
            options.tablesMax(), work -> new Thread(work, "datrang-backfill"));
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Starts copying the table, unless it is being copied. */
  public void start(CatalogTable table) {
    Job job = new Job(table);
    if (jobs.putIfAbsent(table.tableId(), job) == null) {
      threads.execute(job);
    }
  }

  /** Gives the copy up and waits until nothing of it is left. */
  public void cancel(long tableId) throws InterruptedException {
    Job job = jobs.get(tableId);
    if (job != null) {
      job.cancel();
    }
  }

  /** How far the copy of a table is; empty when it is not being copied. */
  public Optional<CopyProgress> progress(long tableId) {
    return Optional.ofNullable(jobs.get(tableId)).map(job -> job.progress);
  }

  private final class Job implements Runnable {
    private final CatalogTable table;
    private final CopyProgress progress = new CopyProgress();
    private final Backoff backoff = new Backoff(500, 30_000);
    private TableCopy running;
    private Future<?> next;
    private boolean cancelled;
    private String lastFailure;

    Job(CatalogTable table) {
      this.table = table;
    }

    @Override
    public void run() {
      if (lastFailure == null) {
        log.info("copying {}", table.source());
      }
      boolean copied;
      do {
        copied = copy(); // it may be wanted again when it is complete
      } while (copied);
    }

    private boolean copy() {
      TableCopy copy =
          new TableCopy(server, publication, applier, storage, table, options, progress);
      if (!begin(copy)) {
        return false;
      }
      try {
        if (copy.run()) {
          log.info("copied {}: {}", table.source(), progress);
          return true;
        }
        jobs.remove(table.tableId(), this);
      } catch (SQLException | ExecutionException | RuntimeException e) {
        failed(copy, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        end();
      }
      return false;
    }

    private synchronized boolean begin(TableCopy copy) {
      if (cancelled) {
        return false;
      }
      running = copy;
      return true;
    }

    private synchronized void end() {
      running = null;
      notifyAll();
    }

    private void failed(TableCopy copy, Exception failure) {
      Throwable cause = failure instanceof ExecutionException ? failure.getCause() : failure;
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof ValueException || cause instanceof TableStoppedException) {
        log.error("table {} cannot be mirrored: {}", table.source(), message);
        stop(message);
        return;
      }
      if (copy.hasBegun()) {
        applier.forget(table.tableId()).join();
      }
      again(message);
    }

    private void stop(String message) {
      try {
        applier.fail(table.tableId(), message).join();
        jobs.remove(table.tableId(), this);
      } catch (CompletionException e) {
        again(message + "; and that cannot be recorded: " + e.getCause().getMessage());
      }
    }

    private synchronized void again(String reason) {
      if (cancelled || threads.isShutdown()) {
        return;
      }
      long waitMs = backoff.nextMs();
      if (!reason.equals(lastFailure)) {
        log.warn("copy of {} failed and is made again: {}", table.source(), reason);
      }
      lastFailure = reason;
      progress.begin("waiting to start again");
      progress.error(reason);
      next = threads.schedule(this, waitMs, TimeUnit.MILLISECONDS);
    }

    synchronized void cancel() throws InterruptedException {
      cancelled = true;
      if (next != null) {
        next.cancel(false);
      }
      while (running != null) {
        running.cancel();
        wait(TimeUnit.SECONDS.toMillis(1));
      }
      jobs.remove(table.tableId(), this);
    }
  }

  /** Gives all copies up; they start from zero with the next sidecar. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      for (long tableId : jobs.keySet()) {
        cancel(tableId);
      }
      threads.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
