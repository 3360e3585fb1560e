package io.datrang.server.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks that predicates for the index hold for every row a condition is true (or false) for, or is
 * not true (or not false) for.
 */
final class PruningOracle {
  private PruningOracle() {}

  /**
   * Checks one operator with many constants.
   *
   * @param truth per value of {@code left} (the last one NULL) and per constant, what PostgreSQL
   *     says
   */
  static void check(
      OracleType left,
      CatalogueRow.ComparisonRow row,
      List<Expression.Constant> constants,
      List<List<Object>> truth) {
    Collation collation = row.condition().equals(Condition.ALWAYS) ? Collation.NONE : Collation.C;
    List<Expression> conditions = new ArrayList<>();
    for (Expression.Constant constant : constants) {
      conditions.add(
          new Expression.Operation(
              row.signature(),
              collation,
              List.of(new Expression.ColumnReference(1, "l"), constant)));
    }
    check(left, conditions, truth);
  }

  /**
   * Checks conditions on the column {@code l}.
   *
   * @param truth per value of {@code left} (the last one NULL) and per condition, what PostgreSQL
   *     says
   */
  static void check(OracleType left, List<Expression> conditions, List<List<Object>> truth) {
    TableSchema schema =
        new TableSchema(
            1, "columnar", "t", List.of(new Column(1, "l", left.column(), false)), List.of(1));
    SemanticCatalogue catalogue = new SemanticCatalogue();
    RelationScope scope = new RelationScope(null);
    scope.addTable(1, schema);
    ExpressionTranslator expressions =
        new ExpressionTranslator(catalogue, scope, NumericRoute.SURE, null);
    PruningTranslator pruning = new PruningTranslator(expressions, catalogue);
    LeftOutTranslator leftOut = new LeftOutTranslator(pruning);
    for (int c = 0; c < conditions.size(); c++) {
      Expression condition = conditions.get(c);
      Expression negation = new Expression.Not(condition);
      Predicate ifTrue = pruning.translate(List.of(condition), 1, false);
      Predicate ifFalse = pruning.translate(List.of(negation), 1, false);
      Predicate unlessTrue = leftOut.translate(List.of(condition));
      Predicate unlessFalse = leftOut.translate(List.of(negation));
      for (int v = 0; v < truth.size(); v++) {
        Object value =
            v < left.values().size() ? ConstantReader.read(constant(left, v)).value() : null;
        Object answer = truth.get(v).get(c);
        String what = (value == null ? null : left.values().get(v)) + ": " + condition;
        if (Boolean.TRUE.equals(answer)) {
          assertThat(holds(ifTrue, left.column().kind(), value)).as(what).isTrue();
        } else {
          assertThat(holds(unlessTrue, left.column().kind(), value)).as("unless " + what).isTrue();
        }
        if (Boolean.FALSE.equals(answer)) {
          assertThat(holds(ifFalse, left.column().kind(), value)).as("not " + what).isTrue();
        } else {
          assertThat(holds(unlessFalse, left.column().kind(), value))
              .as("unless not " + what)
              .isTrue();
        }
      }
    }
  }

  private static Expression.Constant constant(OracleType type, int index) {
    return new Expression.Constant(type.sqlType(), type.values().get(index));
  }

  private static boolean holds(Predicate predicate, StorageKind kind, Object value) {
    if (predicate instanceof Predicate.Any) {
      return true;
    }
    if (predicate instanceof Predicate.And and) {
      return and.all().stream().allMatch(p -> holds(p, kind, value));
    }
    if (predicate instanceof Predicate.Or or) {
      return or.any().stream().anyMatch(p -> holds(p, kind, value));
    }
    if (predicate instanceof Predicate.IsNull || value == null) {
      return predicate instanceof Predicate.IsNull && value == null;
    }
    List<Object> bounds = new ArrayList<>();
    Predicate.Operator operator = Predicate.Operator.EQ;
    if (predicate instanceof Predicate.In in) {
      bounds.addAll(in.values());
    } else if (predicate instanceof Predicate.Compare compare) {
      bounds.add(compare.value());
      operator = compare.operator();
    }
    for (Object bound : bounds) {
      int comparison = compare(kind, value, bound);
      boolean holds =
          switch (operator) {
            case EQ -> comparison == 0;
            case LT -> comparison < 0;
            case LE -> comparison <= 0;
            case GT -> comparison > 0;
            case GE -> comparison >= 0;
          };
      if (holds) {
        return true;
      }
    }
    return false;
  }

  /** Compares bit-wise where a careless index would: −0 below 0. */
  private static int compare(StorageKind kind, Object value, Object bound) {
    if (value instanceof NumericValue numeric) {
      return numeric.number().compareTo((BigDecimal) bound);
    }
    if (value instanceof TimestampValue timestamp) {
      if (timestamp.isInfinite()) {
        return timestamp.equals(TimestampValue.INFINITY) ? 1 : -1;
      }
      long own =
          kind == StorageKind.DATE ? timestamp.day() : timestamp.engineMicros().orElseThrow();
      return Long.compare(own, (Long) bound);
    }
    if (value instanceof Float || value instanceof Double) {
      return Double.compare(((Number) value).doubleValue(), (Double) bound);
    }
    if (value instanceof String text) {
      return Arrays.compareUnsigned(
          text.getBytes(java.nio.charset.StandardCharsets.UTF_8), (byte[]) bound);
    }
    return Comparison.compare(value, bound);
  }
}
