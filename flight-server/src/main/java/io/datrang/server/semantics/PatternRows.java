package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.CTYPE;
import static io.datrang.server.semantics.Condition.DETERMINISTIC;
import static io.datrang.server.semantics.Template.failing;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import java.util.List;
import java.util.Locale;

/**
 * Regular expressions, of constant patterns that mean the same to both: characters, escaped ones,
 * the dot, bracket expressions of ASCII ranges and characters, each perhaps with one quantifier, in
 * order and perhaps anchored. Whether such a pattern matches depends on no strategy.
 */
final class PatternRows {
  private static final String CHARACTER = "[A-Za-z0-9_,;:@#%&=<>!'\"/~\\x20-]";
  private static final String ESCAPED = "\\\\[].^$*+?(){}|\\\\/[-]";
  private static final String RANGE = "([a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9_.,:;/@#])";
  private static final String BRACKETS = "\\[\\^?" + RANGE + "+\\]";
  private static final String ATOM = "(" + CHARACTER + "|" + ESCAPED + "|\\.|" + BRACKETS + ")";
  private static final String QUANTIFIER = "([*+?]|\\{[0-9]{1,2}(,[0-9]{1,2})?\\})?";

  static final String SAFE = "^\\^?(" + ATOM + QUANTIFIER + "){0,40}\\$?$";

  /**
   * Patterns whose match is the same by every strategy, first or longest: at most one quantifier,
   * on the last atom. None matches nothing, which would be found within a pair of surrogates too.
   */
  static final String PLAIN =
      "^\\^?(" + ATOM + "{1,40}\\+?|" + ATOM + "{2,40}" + QUANTIFIER + ")\\$?$";

  /** Without references to what matched. */
  private static final String REPLACEMENT = "^[^\\\\]*$";

  private PatternRows() {}

  static void addTo(Rows rows) {
    Condition exact = DETERMINISTIC.andConstant(2, SAFE);
    Condition folded = CTYPE.andConstant(2, SAFE);
    rows.op("~(text,text)", exact, (a, route) -> match(a, false, false));
    rows.op("!~(text,text)", exact, (a, route) -> match(a, false, true));
    rows.op("~*(text,text)", folded, (a, route) -> match(a, true, false));
    rows.op("!~*(text,text)", folded, (a, route) -> match(a, true, true));
    rows.func("regexp_like(text,text)", exact, (a, route) -> match(a, false, false));
    Condition plain = DETERMINISTIC.andConstant(2, PLAIN);
    rows.func("regexp_count(text,text)", plain, failing("int4", "pg_regexp_count($1, $2)"));
    for (String name : List.of("regexp_substr", "substring")) {
      rows.func(name + "(text,text)", plain, failing("text", "pg_regexp_substr($1, $2)"));
    }
    Condition replaced = plain.andConstant(3, REPLACEMENT);
    rows.func(
        "regexp_replace(text,text,text)",
        replaced,
        failing("text", "pg_regexp_replace($1, $2, $3, '')"));
    rows.func(
        "regexp_replace(text,text,text,text)",
        replaced.andConstant(4, "^g?$"),
        failing("text", "pg_regexp_replace($1, $2, $3, $4)"));
  }

  /** Of ASCII letters upper and lower case are the same, in the pattern's ranges too. */
  private static Operand match(List<Operand> arguments, boolean folded, boolean negated) {
    Operand text = arguments.get(0);
    String pattern = (String) ((Literal) arguments.get(1)).value();
    String sql =
        "regexp_matches("
            + (folded ? "pg_lower(" + EngineSql.of(text) + ")" : EngineSql.of(text))
            + ", "
            + EngineLiteral.string(folded ? pattern.toLowerCase(Locale.ROOT) : pattern)
            + ", 's')";
    return Computed.bool(negated ? "(NOT " + sql + ")" : sql, true);
  }
}
