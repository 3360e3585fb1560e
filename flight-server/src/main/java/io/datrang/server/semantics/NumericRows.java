package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.sql;

/** Arithmetic of numeric. */
final class NumericRows {
  private NumericRows() {}

  static void addTo(Rows rows) {
    rows.op("+(numeric,numeric)", NumericArithmetic::add);
    rows.op("-(numeric,numeric)", NumericArithmetic::subtract);
    rows.op("*(numeric,numeric)", NumericArithmetic::multiply);
    rows.op("/(numeric,numeric)", NumericArithmetic::divide);
    rows.both("%(numeric,numeric)", "mod(numeric,numeric)", NumericArithmetic::remainder);
    rows.func("div(numeric,numeric)", NumericArithmetic::divideInteger);
    rows.op("-(numeric)", NumericArithmetic::negate);
    rows.op("+(numeric)", NumericArithmetic::same);
    rows.both("@(numeric)", "abs(numeric)", NumericArithmetic::abs);
    rows.func("sign(numeric)", NumericArithmetic::sign);
    rows.func("ceil(numeric)", NumericArithmetic::ceil);
    rows.func("ceiling(numeric)", NumericArithmetic::ceil);
    rows.func("floor(numeric)", NumericArithmetic::floor);
    rows.func("round(numeric)", NumericArithmetic::round);
    rows.func("round(numeric,int4)", NumericArithmetic::round);
    rows.func("trunc(numeric)", NumericArithmetic::trunc);
    rows.func("trunc(numeric,int4)", NumericArithmetic::trunc);
    rows.func("sqrt(numeric)", NumericArithmetic::sqrt);
    rows.func("scale(numeric)", sql("int4", "pg_numeric_scale($1)")::computeOnText);
    rows.func("min_scale(numeric)", sql("int4", "pg_numeric_min_scale($1)")::computeOnText);
    rows.func("trim_scale(numeric)", NumericArithmetic::trimScale);
    rows.func("numeric(numeric,int4)", NumericArithmetic::constrain);
  }
}
