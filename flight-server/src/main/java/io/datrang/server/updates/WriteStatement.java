package io.datrang.server.updates;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.postgresql.core.Parser;

/**
 * A client's INSERT, UPDATE, DELETE or MERGE, with its parameters found. What it does is for
 * PostgreSQL to say; this only tells it from a query and from several statements.
 *
 * @param checked with parameters as {@code $n}
 * @param runnable with parameters as {@code ?}
 * @param order the number, from 0, of the parameter at each {@code ?}
 */
record WriteStatement(String checked, String runnable, List<Integer> order) {
  private static final Set<String> WRITES = Set.of("INSERT", "UPDATE", "DELETE", "MERGE");

  /** How many parameters it wants. */
  int parameters() {
    return order.stream().mapToInt(n -> n + 1).max().orElse(0);
  }

  /** Whether the text is for PostgreSQL to run, judged by its verb. */
  static boolean isWrite(String sql) {
    return WRITES.contains(new Scan(sql).verb);
  }

  /**
   * Reads one.
   *
   * @throws WriteFailedException when it is something else
   */
  static WriteStatement parse(String sql) {
    Scan scan = new Scan(sql);
    if (!WRITES.contains(scan.verb)) {
      throw WriteFailedException.refused(
          "42601",
          "not an INSERT, UPDATE, DELETE or MERGE",
          "Run queries as queries, and everything else in PostgreSQL.");
    }
    if (scan.several) {
      throw WriteFailedException.refused(
          "42601", "cannot run several statements at once", "Send them one by one.");
    }
    if (scan.numbered && scan.questions) {
      throw WriteFailedException.refused(
          "42601", "parameters are both numbered and unnumbered", "Use either ? or $1.");
    }
    return new WriteStatement(
        scan.checked.toString(), scan.runnable.toString(), List.copyOf(scan.order));
  }

  /** One pass over the text, by the quoting rules of the driver that will send it. */
  private static final class Scan {
    private final char[] text;
    private final StringBuilder checked = new StringBuilder();
    private final StringBuilder runnable = new StringBuilder();
    private final List<Integer> order = new ArrayList<>();
    private String verb = "";
    private boolean with;
    private boolean afterParenthesis;
    private int depth;
    private boolean ended;
    private boolean several;
    private boolean numbered;
    private boolean questions;

    Scan(String sql) {
      text = sql.toCharArray();
      for (int i = 0; i < text.length; i = step(i)) {}
    }

    /** Takes what begins at an index; returns where the next thing begins. */
    private int step(int i) {
      char c = text[i];
      int end = comment(i);
      if (end > i || Character.isWhitespace(c)) {
        return copy(i, end);
      }
      several |= ended;
      if (c == '?') {
        return question(i);
      }
      if (c == '$' && i + 1 < text.length && isDigit(text[i + 1])) {
        return number(i);
      }
      if (c == ';') {
        ended = true;
        return i + 1;
      }
      end = quoted(i);
      if (end == i && isWord(c)) {
        while (end + 1 < text.length && (isWord(text[end + 1]) || text[end + 1] == '$')) {
          end++;
        }
        // The E of E'...' belongs to the string.
        word(new String(text, i, end - i + 1).toUpperCase(Locale.ROOT));
      }
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      afterParenthesis = c == ')';
      return copy(i, end);
    }

    private int comment(int i) {
      return switch (text[i]) {
        case '-' -> Parser.parseLineComment(text, i);
        case '/' -> Parser.parseBlockComment(text, i);
        default -> i;
      };
    }

    private int quoted(int i) {
      int end =
          switch (text[i]) {
            case '\'' -> Parser.parseSingleQuotes(text, i, true);
            case '"' -> Parser.parseDoubleQuotes(text, i);
            case '$' -> Parser.parseDollarQuotes(text, i);
            default -> i;
          };
      return Math.min(end, text.length - 1);
    }

    private int copy(int from, int last) {
      int end = Math.min(last, text.length - 1);
      checked.append(text, from, end - from + 1);
      runnable.append(text, from, end - from + 1);
      return end + 1;
    }

    private void word(String word) {
      if (verb.isEmpty() && !with) {
        with = word.equals("WITH");
        verb = with ? "" : depth == 0 ? word : "(";
      } else if (verb.isEmpty() && depth == 0 && afterParenthesis) {
        // Behind the last of the WITH list; before it are commas, or SEARCH and CYCLE clauses.
        verb = WRITES.contains(word) || word.equals("SELECT") ? word : "";
      }
    }

    private int question(int i) {
      if (i + 1 < text.length && text[i + 1] == '?') {
        checked.append('?');
        runnable.append("??");
        return i + 2;
      }
      questions = true;
      order.add(order.size());
      checked.append('$').append(order.size());
      runnable.append('?');
      return i + 1;
    }

    private int number(int i) {
      int end = i + 1;
      while (end < text.length && isDigit(text[end]) && end - i < 6) {
        end++;
      }
      numbered = true;
      order.add(Math.max(0, Integer.parseInt(new String(text, i + 1, end - i - 1)) - 1));
      checked.append(text, i, end - i);
      runnable.append('?');
      return end;
    }

    private static boolean isDigit(char c) {
      return c >= '0' && c <= '9';
    }

    private static boolean isWord(char c) {
      return Character.isLetterOrDigit(c) || c == '_' || c >= 0x80;
    }
  }
}
