package io.datrang.server.semantics;

import io.datrang.server.request.Collation;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.CatalogueRow.ComparisonRow;
import io.datrang.server.semantics.CatalogueRow.FunctionRow;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The one list of what may be pushed down; announced to the shim and consulted for every request.
 *
 * <p>Immutable.
 */
public final class SemanticCatalogue {
  /**
   * What the shim is told.
   *
   * @param kind {@code op} or {@code func}
   */
  public record Announcement(String kind, String signature, Condition condition) {}

  private final Map<String, ComparisonRow> operators = new LinkedHashMap<>();
  private final Map<String, FunctionRow> functions = new LinkedHashMap<>();

  public SemanticCatalogue() {
    List<String> ints = List.of("int2", "int4", "int8");
    for (String left : ints) {
      for (String right : ints) {
        comparisons(left, right, Condition.ALWAYS, "the engine widens to the larger integer type");
      }
    }
    List<String> floats = List.of("float4", "float8");
    for (String left : floats) {
      for (String right : floats) {
        comparisons(
            left,
            right,
            Condition.ALWAYS,
            "NaN equals NaN and is above all, -0 equals 0, as there");
      }
    }
    comparisons("bool", "false before true");
    comparisons("numeric", "decimals by value; other constants become the bound next to them");
    comparisons("bytea", "unsigned bytes");
    comparisons("uuid", "unsigned bytes");
    comparisons("date", "days; the infinities are the ends of the engine's range");
    comparisons("time", "microseconds; 24:00:00 is the largest");
    comparisons("timestamp", "microseconds; constants past the engine's end become bounds");
    comparisons(
        "timestamptz", "microseconds in UTC; constants past the engine's end become bounds");
    comparisons("date", "timestamp", Condition.ALWAYS, "a date is its midnight; never cast up");
    comparisons("timestamp", "date", Condition.ALWAYS, "a date is its midnight; never cast up");
    texts("text", "the engine compares UTF-8 bytes");
    texts("bpchar", "kept and compared without trailing blanks, by UTF-8 bytes");
    for (ComparisonOperator operator : List.of(ComparisonOperator.EQ, ComparisonOperator.NE)) {
      add(
          new ComparisonRow(
              operator, List.of("anyenum", "anyenum"), Condition.ALWAYS, "one label, one value"));
    }
    cast("int4", "int2", "INTEGER");
    cast("int8", "int2", "BIGINT");
    cast("int8", "int4", "BIGINT");
    cast("float8", "float4", "DOUBLE");
    add(
        new FunctionRow(
            "text", List.of("bpchar"), "text", "%s", "it drops trailing blanks; none are kept"));
  }

  public Collection<Announcement> announcements() {
    Map<String, Announcement> all = new LinkedHashMap<>();
    operators
        .values()
        .forEach(
            row ->
                all.put(row.signature(), new Announcement("op", row.signature(), row.condition())));
    functions
        .values()
        .forEach(
            row ->
                all.put(
                    row.signature(), new Announcement("func", row.signature(), row.condition())));
    return Collections.unmodifiableCollection(all.values());
  }

  ComparisonRow operator(String signature, Collation collation) {
    return checked(operators.get(signature), signature, collation);
  }

  FunctionRow function(String signature, Collation collation) {
    return checked(functions.get(signature), signature, collation);
  }

  private static <R extends CatalogueRow> R checked(R row, String signature, Collation collation) {
    if (row == null) {
      throw new InvalidRequestException(signature + " is not computed here");
    }
    if (!row.condition().holdsFor(collation)) {
      throw new InvalidRequestException(
          signature + " is exact only under a collation that is " + row.condition().announced());
    }
    return row;
  }

  private void comparisons(String type, String note) {
    comparisons(type, type, Condition.ALWAYS, note);
  }

  private void comparisons(String left, String right, Condition condition, String note) {
    for (ComparisonOperator operator : ComparisonOperator.values()) {
      add(new ComparisonRow(operator, List.of(left, right), condition, note));
    }
  }

  private void texts(String type, String note) {
    for (ComparisonOperator operator : ComparisonOperator.values()) {
      boolean equality = operator == ComparisonOperator.EQ || operator == ComparisonOperator.NE;
      add(
          new ComparisonRow(
              operator,
              List.of(type, type),
              equality ? Condition.DETERMINISTIC : Condition.C,
              note));
    }
  }

  private void cast(String to, String from, String engineType) {
    add(
        new FunctionRow(
            to, List.of(from), to, "CAST(%s AS " + engineType + ")", "a widening cast is exact"));
  }

  private void add(CatalogueRow row) {
    if (row instanceof ComparisonRow comparison) {
      operators.put(row.signature(), comparison);
    } else if (row instanceof FunctionRow function) {
      functions.put(row.signature(), function);
    }
  }
}
