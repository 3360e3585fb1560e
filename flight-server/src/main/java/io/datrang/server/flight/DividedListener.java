package io.datrang.server.flight;

import io.datrang.server.query.SnapshotGoneException;
import io.datrang.server.request.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands each batch to one of the streams that have joined: of those that can take it, the one that
 * has had the fewest. Who has asked for the whole gets all but the batches: nobody may ever read
 * them there.
 *
 * <p>A stream takes megabytes before it is read. So the first to come get little until all are
 * there, or have had the time to since the schema was sent.
 *
 * <p>A stream that is cancelled has had its part: its process wants no more rows, and none that it
 * left unread. Thread safe; sending belongs to the query's thread.
 */
final class DividedListener implements ServerStreamListener {
  /** Small, for what is computed of a row may take long. */
  static final int BATCH_ROWS = 4096;

  /** What a process needs to start, connect and ask. */
  static final Duration START = Duration.ofMillis(100);

  /** Batches until all are there. */
  private static final int EARLY_BATCHES_MAX = 2;

  private static final Logger LOG = LoggerFactory.getLogger(DividedListener.class);

  private final BufferAllocator allocator;
  private final LongSupplier clock;

  /** Guarded by this, as the rest is; null when all is over. */
  private ServerStreamListener whole;

  private final List<Part> parts = new ArrayList<>();
  private final Set<Long> numbers = new HashSet<>();
  private long processes;
  private long startedAt;
  private volatile Runnable onReady = () -> {};
  private VectorSchemaRoot root;
  private Schema schema;
  private IpcOption option;
  private Throwable failure;
  private volatile boolean ended;
  private volatile long endedAt;

  private static final class Part {
    private final ServerStreamListener listener;
    private int batches;

    Part(ServerStreamListener listener) {
      this.listener = listener;
    }
  }

  DividedListener(
      ServerStreamListener whole, long processes, BufferAllocator allocator, LongSupplier clock) {
    this.whole = whole;
    this.processes = processes;
    this.allocator = allocator;
    this.clock = clock;
  }

  /**
   * From now on the stream gets its part; the end as well, should that have been. A second request
   * for the same part is refused: the first may have had rows.
   */
  void join(Request.Part asked, ServerStreamListener listener) {
    synchronized (this) {
      if (!numbers.add(asked.number())) {
        throw new SnapshotGoneException(
            "part " + asked.number() + " has been asked for before: its connection was lost");
      }
      Part part = new Part(listener);
      if (ended) {
        finish(part);
        return;
      }
      listener.setUseZeroCopy(false);
      listener.setOnReadyHandler(this::wake);
      listener.setOnCancelHandler(this::wake);
      parts.add(part);
      if (asked.processes() > 0) {
        processes = asked.processes();
      }
    }
    wake();
  }

  private void wake() {
    onReady.run();
  }

  @Override
  public synchronized boolean isReady() {
    return next().isPresent();
  }

  private Optional<Part> next() {
    parts.removeIf(part -> part.listener.isCancelled());
    boolean complete =
        numbers.size() >= processes || clock.getAsLong() - startedAt >= START.toNanos();
    return parts.stream()
        .filter(part -> complete || part.batches < EARLY_BATCHES_MAX)
        .filter(part -> part.listener.isReady())
        .min(Comparator.comparingInt(part -> part.batches));
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    onReady = handler;
  }

  @Override
  public synchronized void setUseZeroCopy(boolean enabled) {
    whole.setUseZeroCopy(enabled);
  }

  @Override
  public synchronized void start(
      VectorSchemaRoot root, DictionaryProvider dictionaries, IpcOption option) {
    this.root = root;
    this.schema = root.getSchema();
    this.option = option;
    startedAt = clock.getAsLong();
    CompletableFuture.delayedExecutor(START.toMillis(), TimeUnit.MILLISECONDS).execute(this::wake);
    whole.start(root, dictionaries, option);
  }

  @Override
  public synchronized void putNext(ArrowBuf metadata) {
    whole.putMetadata(metadata);
    putNext();
  }

  /** After {@link #isReady}. Who was ready may have given up since; then that was its part. */
  @Override
  public synchronized void putNext() {
    next().or(() -> parts.stream().findFirst()).ifPresent(this::send);
  }

  private void send(Part part) {
    if (part.batches++ == 0) {
      part.listener.start(root, null, option);
    }
    part.listener.putNext();
  }

  @Override
  public synchronized void putMetadata(ArrowBuf metadata) {
    whole.putMetadata(metadata);
  }

  @Override
  public synchronized void completed() {
    if (ended) {
      return;
    }
    ServerStreamListener all = whole;
    end(null);
    all.completed();
  }

  @Override
  public synchronized void error(Throwable error) {
    if (ended) {
      return;
    }
    ServerStreamListener all = whole;
    end(error);
    all.error(error);
  }

  /** Keeps only what a late process has to hear. */
  private void end(Throwable error) {
    endedAt = clock.getAsLong();
    ended = true;
    failure = error;
    whole = null;
    root = null;
    onReady = () -> {};
    parts.forEach(this::finish);
    parts.clear();
  }

  /** A stream that is broken does not keep the others from their end. */
  private void finish(Part part) {
    try {
      if (failure != null) {
        part.listener.error(failure);
        return;
      }
      if (part.batches == 0) {
        try (VectorSchemaRoot empty = VectorSchemaRoot.create(schema, allocator)) {
          part.listener.start(empty, null, option);
        }
      }
      part.listener.completed();
    } catch (RuntimeException e) {
      LOG.debug("a part of an answer is broken", e);
      part.listener.error(ErrorTranslation.translate(e));
    }
  }

  /** How long ago it ended; zero if it has not. */
  Duration endedFor(long now) {
    return ended ? Duration.ofNanos(now - endedAt) : Duration.ZERO;
  }

  @Override
  public synchronized boolean isCancelled() {
    return whole != null && whole.isCancelled();
  }

  @Override
  public synchronized void setOnCancelHandler(Runnable handler) {
    whole.setOnCancelHandler(handler);
  }
}
