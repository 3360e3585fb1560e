package io.datrang.server;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An orderly stop with a limit: a server or disk that no longer answers may hold the last flush up
 * for ever. What is not in files by then comes again from PostgreSQL, as after a crash.
 */
final class Stopping {
  private static final Logger LOG = LoggerFactory.getLogger(Stopping.class);

  /** Less than what {@code ./dev down} and the systemd unit wait before they kill. */
  static final Duration LIMIT = Duration.ofSeconds(45);

  private static final String OURS = "io.datrang.";

  private final Runnable close;
  private final Duration limit;
  private final Runnable halt;

  /**
   * @param halt ends the process at once
   */
  Stopping(Runnable close, Duration limit, Runnable halt) {
    this.close = close;
    this.limit = limit;
    this.halt = halt;
  }

  /** Closes; when that takes too long, logs what it waits for and halts. */
  void run() {
    Thread closing = new Thread(close, "closing");
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(limit.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (closing.isAlive()) {
      LOG.error(
          "stopping takes longer than {} s, ending without it; what is not in files stays with"
              + " PostgreSQL until the next start. {}",
          limit.toSeconds(),
          places(Thread.getAllStackTraces()));
      halt.run();
    }
  }

  /** Where threads of ours stand: the method they are in, and the last one of ours. */
  private static String places(Map<Thread, StackTraceElement[]> stacks) {
    return stacks.entrySet().stream()
        .filter(each -> each.getKey() != Thread.currentThread())
        .flatMap(
            each ->
                Arrays.stream(each.getValue())
                    .filter(frame -> frame.getClassName().startsWith(OURS))
                    .findFirst()
                    .map(
                        frame ->
                            each.getKey().getName() + ": " + each.getValue()[0] + " for " + frame)
                    .stream())
        .sorted()
        .collect(Collectors.joining("; "));
  }
}
