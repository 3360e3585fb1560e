package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StoppingTest {
  private final AtomicInteger halts = new AtomicInteger();
  private final CountDownLatch never = new CountDownLatch(1);

  @Test
  void anOrderlyStopIsWaitedFor() {
    AtomicInteger closed = new AtomicInteger();
    new Stopping(closed::incrementAndGet, Duration.ofMinutes(5), halts::incrementAndGet).run();
    assertThat(closed).hasValue(1);
    assertThat(halts).hasValue(0);
  }

  @Test
  void aStopThatHangsEndsAndSaysWhere() {
    Logger logger = (Logger) LoggerFactory.getLogger(Stopping.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      new Stopping(this::hang, Duration.ofMillis(200), halts::incrementAndGet).run();
    } finally {
      logger.detachAppender(lines);
      never.countDown();
    }
    assertThat(halts).hasValue(1);
    assertThat(lines.list)
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .contains("closing: ", "StoppingTest.hang");
  }

  private void hang() {
    try {
      never.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
