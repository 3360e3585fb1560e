package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import java.util.List;

/** Functions of text. */
final class TextRows {
  private TextRows() {}

  static void addTo(Rows rows) {
    for (String name : List.of("length", "char_length", "character_length")) {
      rows.func(name + "(text)", sql("int4", "CAST(length($1) AS INTEGER)"));
    }
    rows.func("octet_length(text)", sql("int4", "CAST(strlen($1) AS INTEGER)"));
    rows.op("||(text,text)", sql("text", "($1 || $2)"));
    rows.op("~~(text,text)", Condition.DETERMINISTIC, (a, route) -> like(a, "", "pg_like($1, $2)"));
    rows.op(
        "!~~(text,text)",
        Condition.DETERMINISTIC,
        (a, route) -> like(a, "NOT ", "(NOT pg_like($1, $2))"));
    for (String name : List.of("substring", "substr")) {
      rows.func(name + "(text,int4)", sql("text", "substr($1, greatest($2, 1))"));
      rows.func(name + "(text,int4,int4)", failing("text", "pg_substring($1, $2, $3)"));
    }
  }

  /** The engine knows no escape character unless told; a pattern without one is the same there. */
  private static Operand like(List<Operand> arguments, String not, String general) {
    if (arguments.get(1) instanceof Literal literal
        && literal.value() instanceof String pattern
        && pattern.indexOf('\\') < 0) {
      String text = EngineSql.of(arguments.get(0));
      return Computed.bool(
          "(" + text + " " + not + "LIKE " + EngineLiteral.string(pattern) + ")",
          arguments.get(0).mayFail());
    }
    return failing("bool", general).compute(arguments, NumericRoute.SURE);
  }
}
