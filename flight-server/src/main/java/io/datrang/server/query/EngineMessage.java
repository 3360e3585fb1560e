package io.datrang.server.query;

import io.datrang.server.request.EvaluationException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the engine's messages: which of PostgreSQL's errors they are. */
public final class EngineMessage {
  /** Of our functions: {@code [22012] division by zero}. */
  private static final Pattern RAISED = Pattern.compile("\\[([0-9A-Z]{5})\\] ([^\\n]*)");

  private static final Pattern INTEGER_OVERFLOW =
      Pattern.compile("Overflow in [a-z]+ of INT(16|32|64)\\b");
  private static final Pattern INTEGER_CAST =
      Pattern.compile("out of range for the destination type INT(16|32|64)\\b");
  private static final Pattern EXTREME =
      Pattern.compile(
          "(?:Overflow in division of|Overflow on abs\\(|[Oo]verflow in negation of) ?(-\\d+)?");
  private static final Pattern DECIMAL_OVERFLOW =
      Pattern.compile(
          "Overflow in [A-Za-z]+ of (DECIMAL|HUGEINT)|Overflow in (SUM|HUGEINT)"
              + "|[Cc]ould not cast value .* to DECIMAL|to type DECIMAL.* failed"
              + "|Casting value .* to type DECIMAL|out of range for the destination type DECIMAL");

  private EngineMessage() {}

  /** Whether the engine's decimals were too short for a value. */
  public static boolean isDecimalOverflow(QueryFailedException failure) {
    return DECIMAL_OVERFLOW.matcher(text(failure)).find();
  }

  /** The error PostgreSQL would raise, when that is what happened. */
  public static Optional<EvaluationException> evaluation(QueryFailedException failure) {
    String message = text(failure);
    Matcher raised = RAISED.matcher(message);
    if (raised.find()) {
      return error(raised.group(1), raised.group(2).replace('\u0001', '\n'));
    }
    if (message.contains("invalid character class range")) {
      return error("2201B", "invalid regular expression: invalid character range");
    }
    if (message.contains("invalid repetition") || message.contains("bad repetition")) {
      return error("2201B", "invalid regular expression: invalid repetition count(s)");
    }
    if (message.contains("Division by zero")) {
      return error("22012", "division by zero");
    }
    Matcher overflow = INTEGER_OVERFLOW.matcher(message);
    Matcher cast = INTEGER_CAST.matcher(message);
    if (overflow.find()) {
      return outOfRange(overflow.group(1));
    }
    if (cast.find()) {
      return outOfRange(cast.group(1));
    }
    Matcher extreme = EXTREME.matcher(message);
    if (extreme.find()) {
      String value = extreme.group(1) == null ? "" : extreme.group(1);
      return outOfRange(value.equals("-32768") ? "16" : value.equals("-2147483648") ? "32" : "64");
    }
    if (isDecimalOverflow(failure)) {
      return error("22003", "numeric value of more than 38 digits");
    }
    return Optional.empty();
  }

  private static Optional<EvaluationException> outOfRange(String bits) {
    String type =
        switch (bits) {
          case "16" -> "smallint";
          case "32" -> "integer";
          default -> "bigint";
        };
    return error("22003", type + " out of range");
  }

  private static Optional<EvaluationException> error(String sqlState, String message) {
    return Optional.of(new EvaluationException(sqlState, message));
  }

  private static String text(QueryFailedException failure) {
    return failure.getMessage() == null ? "" : failure.getMessage();
  }
}
