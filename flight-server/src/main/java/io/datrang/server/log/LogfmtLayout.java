package io.datrang.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * One line an event, as {@code key=value} pairs: time, level, logger, thread, query and backend pid
 * where there are any, message, error with stack trace. Values are quoted where they need it.
 */
public final class LogfmtLayout extends LayoutBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(200);
    line.append("ts=").append(TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
    append(line, "level", event.getLevel().toString());
    append(line, "logger", simpleName(event.getLoggerName()));
    append(line, "thread", event.getThreadName());
    event.getMDCPropertyMap().forEach((key, value) -> append(line, key, value));
    append(line, "msg", event.getFormattedMessage());
    if (event.getThrowableProxy() != null) {
      append(line, "error", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.append('\n').toString();
  }

  private static String simpleName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }

  private static void append(StringBuilder line, String key, String value) {
    if (value == null) {
      return;
    }
    line.append(' ').append(key).append('=');
    if (!value.isEmpty() && value.chars().allMatch(LogfmtLayout::isPlain)) {
      line.append(value);
      return;
    }
    line.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> line.append('\\').append(c);
        case '\n' -> line.append("\\n");
        case '\t' -> line.append("\\t");
        case '\r' -> line.append("\\r");
        default -> line.append(Character.isISOControl(c) ? '?' : c);
      }
    }
    line.append('"');
  }

  private static boolean isPlain(int c) {
    return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7F;
  }
}
