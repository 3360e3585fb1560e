package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.CTYPE;
import static io.datrang.server.semantics.Condition.DETERMINISTIC;
import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import java.util.List;

/**
 * Functions of text and bytea. Characters are code points on both sides; upper and lower case are
 * ASCII's under ctype C and anybody's guess elsewhere.
 */
final class TextRows {
  private TextRows() {}

  static void addTo(Rows rows) {
    for (String name : List.of("length", "char_length", "character_length")) {
      rows.func(name + "(text)", sql("int4", "CAST(length($1) AS INTEGER)"));
    }
    rows.func("octet_length(text)", sql("int4", "CAST(strlen($1) AS INTEGER)"));
    rows.func("bit_length(text)", sql("int4", "CAST(8 * strlen($1) AS INTEGER)"));
    rows.func("length(bytea)", sql("int4", "CAST(octet_length($1) AS INTEGER)"));
    rows.func("octet_length(bytea)", sql("int4", "CAST(octet_length($1) AS INTEGER)"));
    rows.op("||(text,text)", sql("text", "($1 || $2)"));
    rows.op("||(bytea,bytea)", sql("bytea", "($1 || $2)"));
    parts(rows);
    searches(rows);
    rows.func("lower(text)", CTYPE, sql("text", "pg_lower($1)"));
    rows.func("upper(text)", CTYPE, sql("text", "pg_upper($1)"));
    rows.func("initcap(text)", CTYPE, sql("text", "pg_initcap($1)"));
    rows.func("repeat(text,int4)", failing("text", "pg_repeat($1, $2)"));
    rows.func("reverse(text)", sql("text", "pg_reverse($1)"));
    rows.func("ascii(text)", sql("int4", "ascii($1)"));
    rows.func("chr(int4)", failing("text", "pg_chr($1)"));
    rows.func("to_hex(int4)", sql("text", "pg_to_hex4($1)"));
    rows.func("to_hex(int8)", sql("text", "pg_to_hex8($1)"));
    rows.func("md5(text)", sql("text", "md5($1)"));
  }

  private static void parts(Rows rows) {
    for (String name : List.of("substring", "substr")) {
      String start = "CASE WHEN $2 < 1 THEN 1 ELSE $2 END";
      rows.func(name + "(text,int4)", sql("text", "substr($1, " + start + ")"));
      rows.func(name + "(text,int4,int4)", TextRows::substring);
    }
    rows.func("left(text,int4)", sql("text", "pg_left($1, $2)"));
    rows.func("right(text,int4)", sql("text", "pg_right($1, $2)"));
    rows.func("overlay(text,text,int4,int4)", failing("text", "pg_overlay($1, $2, $3, $4)"));
    rows.func("lpad(text,int4)", failing("text", "pg_lpad($1, $2, ' ')"));
    rows.func("rpad(text,int4)", failing("text", "pg_rpad($1, $2, ' ')"));
    rows.func("lpad(text,int4,text)", failing("text", "pg_lpad($1, $2, $3)"));
    rows.func("rpad(text,int4,text)", failing("text", "pg_rpad($1, $2, $3)"));
    for (String name : List.of("ltrim", "rtrim", "btrim")) {
      rows.func(name + "(text)", sql("text", "pg_" + name + "($1, ' ')"));
      rows.func(name + "(text,text)", sql("text", "pg_" + name + "($1, $2)"));
    }
    rows.func("translate(text,text,text)", sql("text", "pg_translate($1, $2, $3)"));
  }

  /** With places that are known it cannot fail, and the engine has it itself. */
  private static Operand substring(List<Operand> arguments, NumericRoute route) {
    if (arguments.get(1) instanceof Literal start
        && start.value() instanceof Long from
        && arguments.get(2) instanceof Literal length
        && length.value() instanceof Long characters
        && characters >= 0) {
      long begin = Math.max(1, from);
      long end = Math.max(begin, from + characters);
      return sql("text", "substr($1, " + begin + ", " + (end - begin) + ")")
          .compute(arguments.subList(0, 1), route);
    }
    return failing("text", "pg_substring($1, $2, $3)").compute(arguments, route);
  }

  private static void searches(Rows rows) {
    rows.func("strpos(text,text)", DETERMINISTIC, sql("int4", "CAST(strpos($1, $2) AS INTEGER)"));
    rows.func("position(text,text)", DETERMINISTIC, sql("int4", "CAST(strpos($1, $2) AS INTEGER)"));
    rows.func("starts_with(text,text)", DETERMINISTIC, sql("bool", "starts_with($1, $2)"));
    rows.op("^@(text,text)", DETERMINISTIC, sql("bool", "starts_with($1, $2)"));
    rows.func("replace(text,text,text)", DETERMINISTIC, sql("text", "replace($1, $2, $3)"));
    rows.func(
        "split_part(text,text,int4)", DETERMINISTIC, failing("text", "pg_split_part($1, $2, $3)"));
    for (String name : List.of("~~", "like")) {
      add(rows, name, DETERMINISTIC, (a, route) -> like(a, "", "pg_like($1, $2)"));
    }
    for (String name : List.of("!~~", "notlike")) {
      add(rows, name, DETERMINISTIC, (a, route) -> like(a, "NOT ", "(NOT pg_like($1, $2))"));
    }
    rows.op("~~*(text,text)", CTYPE, failing("bool", "pg_like(pg_lower($1), pg_lower($2))"));
    rows.op("!~~*(text,text)", CTYPE, failing("bool", "(NOT pg_like(pg_lower($1), pg_lower($2)))"));
  }

  private static void add(
      Rows rows, String name, Condition condition, CatalogueRow.Computation computation) {
    if (Character.isLetter(name.charAt(0))) {
      rows.func(name + "(text,text)", condition, computation);
    } else {
      rows.op(name + "(text,text)", condition, computation);
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
