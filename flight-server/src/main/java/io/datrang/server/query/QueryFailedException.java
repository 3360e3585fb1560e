package io.datrang.server.query;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The engine could not compute the answer; the message is the engine's. */
public final class QueryFailedException extends RuntimeException {
  /** How Arrow's C data interface wraps what went wrong while rows were being fetched. */
  private static final Pattern WRAPPED =
      Pattern.compile(
          "\\[errno -?\\d+\\] CDataJniException\\{errno=-?\\d+, message=(.*)\\}", Pattern.DOTALL);

  public QueryFailedException(Throwable cause) {
    super(message(cause), cause);
  }

  private static String message(Throwable cause) {
    if (cause.getMessage() == null) {
      return cause.toString();
    }
    Matcher wrapped = WRAPPED.matcher(cause.getMessage());
    return wrapped.matches() ? wrapped.group(1) : cause.getMessage();
  }
}
