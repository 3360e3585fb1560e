package io.datrang.replication.apply;

import io.datrang.storage.Backfill;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replication thread: takes deliveries out of the inbox and applies their transactions.
 *
 * <p>A batch is everything that has arrived, up to the limits; while more keeps arriving, a batch
 * ends when a reader waits for it, or when it has collected for as long as the last one took to
 * apply; far behind, where larger batches matter more than fresh ones, for four times as long.
 * Public methods may be called from any thread; their work is done on this one.
 */
public final class Applier implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Applier.class);
  private static final long IDLE_MS = 100;
  private static final long BEHIND_BYTES = 1 << 18;
  private static final long BATCH_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long CLOSE_MS_MAX = 30_000;

  private final WritableStorage storage;
  private final NativeTables natives;
  private final ApplyLimits limits;
  private final Inbox inbox;
  private final String messageKey;
  private final Duration silenceMax;
  private final Consumer<Throwable> failureListener;
  private final CommitTimes times;
  private final FollowedTables tables;
  private final CatchUps catchUps;
  private final Thread thread = new Thread(this::run, "datrang-replication");

  private TransactionAssembler assembler;

  /** Deliveries of this connection and older ones belong to a state that was given up. */
  private int ignoredUpTo = -1;

  private int connection = -1;
  private long lastDeliveryNanos;
  private long lastFlushNanos;
  private long flushTookNanos;
  private String lastFailure;

  /** Storage may still have rows of a transaction that was given up. */
  private boolean hasStaged;

  private volatile boolean closed;

  /**
   * @param messageKey what our own messages in the stream carry
   * @param silenceMax how long the rest of a large transaction may take to arrive
   * @param failureListener told, on this thread, that applying failed; deliveries are ignored until
   *     they come from a new connection that starts at {@code storage.appliedLsn()}
   * @param commitListener told of every commit that has become visible
   */
  public Applier(
      WritableStorage storage,
      NativeTables natives,
      ApplyLimits limits,
      Inbox inbox,
      String messageKey,
      Duration silenceMax,
      Consumer<Throwable> failureListener,
      CommitListener commitListener) {
    this.times = new CommitTimes(commitListener);
    this.storage = storage;
    this.natives = natives;
    this.limits = limits;
    this.inbox = inbox;
    this.messageKey = messageKey;
    this.silenceMax = silenceMax;
    this.failureListener = failureListener;
    this.catchUps = new CatchUps(storage);
    this.tables = new FollowedTables(storage, catchUps);
  }

  /** Starts with tables whose copy is complete. */
  public void start() {
    assembler = newAssembler();
    thread.start();
  }

  private TransactionAssembler newAssembler() {
    return new TransactionAssembler(storage, tables, natives, limits, messageKey, times);
  }

  /**
   * Follows a table whose copy is complete and holds everything before {@code from}.
   *
   * @param sources oids of the relations its rows are in
   */
  public CompletableFuture<Void> follow(TableSchema schema, List<Integer> sources, Lsn from) {
    return call(
        () -> {
          tables.follow(FollowedTable.live(schema, sources, from));
          return null;
        });
  }

  /**
   * Keeps back the table's changes, from the next transaction on, until {@link #catchUp}; a table
   * that was followed is frozen.
   */
  public CompletableFuture<Void> stash(TableSchema schema, List<Integer> sources) {
    return call(
        () -> {
          flush();
          storage.freeze(schema.tableId());
          SpillQueue stash = new SpillQueue(limits.spillDirectory(), limits.stashBytesMax());
          tables.follow(FollowedTable.stashing(schema, sources, stash));
          return null;
        });
  }

  public CompletableFuture<Backfill> beginBackfill(TableSchema schema) {
    return call(() -> storage.beginBackfill(schema));
  }

  /**
   * Applies what was kept back; done when the table's changes are in storage up to a position at or
   * after {@code from}, and later ones go there with their transaction.
   *
   * @param from the copy holds transactions whose COMMIT record starts before this
   */
  public CompletableFuture<Void> catchUp(long tableId, Lsn from) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    inbox.command(() -> catchUps.begin(tables.byId(tableId), from, done));
    return done;
  }

  /** Whether the table is known here: copied, followed, or stopped. */
  public CompletableFuture<Boolean> knows(long tableId) {
    return call(() -> tables.byId(tableId) != null);
  }

  /** Forgets a table whose copy failed or is not wanted any more. */
  public CompletableFuture<Void> forget(long tableId) {
    return call(
        () -> {
          FollowedTable table = tables.byId(tableId);
          if (table != null) {
            assembler.forget(table);
            tables.remove(table);
          }
          catchUps.forget(tableId, null);
          return null;
        });
  }

  public CompletableFuture<Void> drop(long tableId) {
    return forget(tableId)
        .thenCompose(
            done ->
                call(
                    () -> {
                      natives.remove(tableId);
                      storage.dropTable(tableId);
                      return null;
                    }));
  }

  /** Stops a table that cannot be kept exact. */
  public CompletableFuture<Void> fail(long tableId, String reason) {
    return forget(tableId)
        .thenCompose(
            done ->
                call(
                    () -> {
                      storage.failTable(tableId, reason);
                      return null;
                    }));
  }

  private <T> CompletableFuture<T> call(Supplier<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    inbox.command(
        () -> {
          try {
            done.complete(work.get());
          } catch (RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private void run() {
    while (!closed) {
      try {
        step();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      } catch (RuntimeException | Error e) {
        giveUp(e);
      }
    }
    assembler.close();
    tables.close();
  }

  /** While a large transaction arrives, commands wait until it has ended. */
  private void step() throws InterruptedException {
    boolean midway = assembler.isMidway();
    if (!midway) {
      runCommands();
    }
    boolean idle = midway || tables.draining().isEmpty();
    Delivery delivery = inbox.poll(idle ? IDLE_MS : 0, !midway);
    if (delivery != null && delivery.connection() > ignoredUpTo) {
      take(delivery);
    } else if (midway && System.nanoTime() - lastDeliveryNanos > silenceMax.toNanos()) {
      throw new IllegalStateException("the server fell silent inside a transaction");
    }
    if (assembler.isMidway()) {
      return;
    }
    drainStashes();
    if (!inbox.hasDeliveries() || isAwaited() || hasCollectedLongEnough()) {
      flush();
    }
  }

  private void runCommands() {
    for (Runnable command = inbox.nextCommand(); command != null; command = inbox.nextCommand()) {
      command.run();
    }
  }

  private void take(Delivery delivery) {
    unstage();
    lastDeliveryNanos = System.nanoTime();
    if (delivery.connection() != connection) {
      if (assembler.isMidway()) {
        loseCopies(new IllegalStateException("the connection was lost inside a transaction"));
      }
      assembler.reset();
      connection = delivery.connection();
    }
    times.arrival(delivery.arrivedMicros());
    List<ByteBuffer> messages = delivery.messages();
    for (int i = 0; i < messages.size(); i++) {
      assembler.accept(messages.get(i));
    }
    assembler.watermark(delivery.watermark());
  }

  private void drainStashes() {
    for (FollowedTable table : tables.draining()) {
      if (assembler.drain(table)) {
        table.goLive();
      }
      if (assembler.isFull()) {
        flush();
      }
    }
  }

  /** Whether a reader waits for what has been taken. */
  private boolean isAwaited() {
    return storage.awaited().filter(lsn -> assembler.position().isAtLeast(lsn)).isPresent();
  }

  private boolean hasCollectedLongEnough() {
    long patience = inbox.bytes() > BEHIND_BYTES ? 4 * flushTookNanos : flushTookNanos;
    return System.nanoTime() - lastFlushNanos > Math.max(BATCH_NANOS_MIN, patience);
  }

  private void flush() {
    long start = System.nanoTime();
    if (assembler.flush()) {
      lastFlushNanos = System.nanoTime();
      flushTookNanos = lastFlushNanos - start;
    }
    catchUps.flushed();
  }

  /**
   * Goes back to what storage has. Published tables get their changes again from the stream; copies
   * that wait for their changes have some twice or not at all, and are given up.
   */
  private void giveUp(Throwable failure) {
    // what was read ahead differs from attempt to attempt, what is applied does not
    String described = storage.appliedLsn() + " " + failure;
    if (!described.equals(lastFailure)) {
      log.error("applying changes failed at {}", assembler.position(), failure);
    }
    lastFailure = described;
    ignoredUpTo = connection;
    hasStaged = true;
    List<Runnable> steps =
        List.of(
            this::unstage,
            () -> tables.takeFormsOf(storage),
            natives::abandoned,
            () -> loseCopies(failure),
            assembler::close);
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
    times.forget();
    assembler = newAssembler();
    failureListener.accept(failure);
  }

  /** Of a transaction that comes again, whose rows would be there twice. */
  private void unstage() {
    if (hasStaged) {
      storage.unstage();
      hasStaged = false;
    }
  }

  private void loseCopies(Throwable reason) {
    for (FollowedTable table : List.copyOf(tables.all())) {
      if (table.stashes() || catchUps.isWaiting(table.id())) {
        tables.remove(table);
        catchUps.forget(table.id(), reason);
      }
    }
  }

  /** Ends after the step it is in; what was taken but not applied will be delivered again. */
  @Override
  public void close() {
    closed = true;
    inbox.command(() -> {});
    try {
      thread.join(CLOSE_MS_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
