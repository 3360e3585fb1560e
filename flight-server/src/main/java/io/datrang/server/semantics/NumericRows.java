package io.datrang.server.semantics;

import static io.datrang.server.semantics.SureComputation.sure;
import static io.datrang.server.semantics.Template.sql;

/** Arithmetic of numeric. */
final class NumericRows {
  private NumericRows() {}

  static void addTo(Rows rows) {
    rows.op("+(numeric,numeric)", sure(NumericArithmetic::add));
    rows.op("-(numeric,numeric)", sure(NumericArithmetic::subtract));
    rows.op("*(numeric,numeric)", sure(NumericArithmetic::multiply));
    rows.op("/(numeric,numeric)", NumericArithmetic::divide);
    rows.both("%(numeric,numeric)", "mod(numeric,numeric)", NumericArithmetic::remainder);
    rows.func("div(numeric,numeric)", NumericArithmetic::divideInteger);
    rows.op("-(numeric)", sure(NumericArithmetic::negate));
    rows.op("+(numeric)", sure(NumericArithmetic::same));
    rows.both("@(numeric)", "abs(numeric)", sure(NumericArithmetic::abs));
    rows.func("sign(numeric)", sure(NumericArithmetic::sign));
    rows.func("ceil(numeric)", sure(NumericArithmetic::ceil));
    rows.func("ceiling(numeric)", sure(NumericArithmetic::ceil));
    rows.func("floor(numeric)", sure(NumericArithmetic::floor));
    rows.func("round(numeric)", sure(NumericArithmetic::round));
    rows.func("round(numeric,int4)", sure(NumericArithmetic::round));
    rows.func("trunc(numeric)", sure(NumericArithmetic::trunc));
    rows.func("trunc(numeric,int4)", sure(NumericArithmetic::trunc));
    rows.func("sqrt(numeric)", NumericArithmetic::sqrt);
    rows.func("scale(numeric)", sure(sql("int4", "pg_numeric_scale($1)")::computeOnText));
    rows.func("min_scale(numeric)", sure(sql("int4", "pg_numeric_min_scale($1)")::computeOnText));
    rows.func("trim_scale(numeric)", sure(NumericArithmetic::trimScale));
    rows.func("numeric(numeric,int4)", NumericArithmetic::constrain);
  }
}
