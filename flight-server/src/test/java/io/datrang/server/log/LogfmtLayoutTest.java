package io.datrang.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogfmtLayoutTest {
  @Test
  void writesOneLineWhateverTheMessageHolds() {
    LoggingEvent event =
        new LoggingEvent(
            "x",
            new LoggerContext().getLogger("io.datrang.Sidecar"),
            Level.WARN,
            "two\nlines \"quoted\" {}",
            new IllegalStateException("bad\tthing"),
            new Object[] {7});
    event.setInstant(Instant.parse("2026-11-21T01:02:03.004Z"));
    event.setThreadName("main");
    event.setMDCPropertyMap(Map.of("query", "q1"));
    String line = new LogfmtLayout().doLayout(event);
    assertThat(line)
        .startsWith(
            "ts=2026-11-21T01:02:03.004Z level=WARN logger=Sidecar thread=main query=q1"
                + " msg=\"two\\nlines \\\"quoted\\\" 7\""
                + " error=\"java.lang.IllegalStateException: bad\\tthing\\n")
        .endsWith("\"\n");
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
  }
}
