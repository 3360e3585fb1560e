package io.datrang.server.flight;

import io.datrang.server.request.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what a new session's first query asks for again and again, so that this code is compiled
 * before a session waits for it: connecting is rare, and takes three times as long while it is
 * interpreted.
 *
 * <p>One thread, once a process, for a few seconds and at most a quarter of a processor. It has a
 * socket of its own, and a producer whose queries are not counted with those of clients.
 */
public final class Rehearsal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
  private static final AtomicBoolean HELD = new AtomicBoolean();
  private static final int CONNECTIONS = 100;
  private static final int PAUSE_FACTOR = 3;
  private static final long JOIN_MS = 5_000;
  private static final List<String> REQUESTS =
      List.of(
          "(hello (shim \"\") (server 0) (database \"\"))",
          "(estimate (select (output (const \"int4\" \"1\"))))",
          "(query (eventual) (select (output (const \"int4\" \"1\"))))");

  private final BufferAllocator allocator;
  private final FlightProducer producer;
  private final Thread thread = new Thread(this::run, "rehearsal");
  private volatile boolean closed;

  /** Takes what a {@link FlightEndpoint} takes; {@link #start} begins. */
  public Rehearsal(BufferAllocator allocator, FlightProducer producer) {
    this.allocator = allocator;
    this.producer = producer;
  }

  /** Begins in the background, unless there was one in this process. */
  public void start() {
    if (HELD.compareAndSet(false, true)) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void run() {
    try {
      Path directory = Files.createTempDirectory("datrang-rehearsal");
      try {
        rehearse(directory.resolve("socket"));
      } finally {
        Files.deleteIfExists(directory.resolve("socket"));
        Files.delete(directory);
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("no rehearsal", e);
    } catch (InterruptedException e) {
      LOG.debug("rehearsal interrupted", e);
    }
  }

  private void rehearse(Path socket) throws IOException, InterruptedException {
    try (FlightEndpoint endpoint =
        FlightEndpoint.unixSocket(
            socket,
            PosixFilePermissions.fromString("rw-------"),
            allocator,
            producer,
            ClientAuthenticator.ofSocket(null, null))) {
      try {
        connectOften(socket);
      } finally {
        // Who is interrupted in a read remains so, and would not wait for calls to end.
        Thread.interrupted();
      }
    }
  }

  private void connectOften(Path socket) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    boolean answered = true;
    for (int i = 0; i < CONNECTIONS && answered && !closed; i++) {
      long connected = System.nanoTime();
      answered = connectOnce(socket);
      TimeUnit.NANOSECONDS.sleep(PAUSE_FACTOR * (System.nanoTime() - connected));
    }
    LOG.debug("rehearsed for {} ms", (System.nanoTime() - begun) / 1_000_000);
  }

  /** False when a request was refused. */
  private static boolean connectOnce(Path socket) throws IOException {
    try (RehearsedCalls calls = RehearsedCalls.connect(socket)) {
      for (String request : REQUESTS) {
        if (!calls.get(Request.PREFIX + Request.PROTOCOL_VERSION + " " + request + ")")) {
          return false;
        }
      }
      return true;
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(JOIN_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
