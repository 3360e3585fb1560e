package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.CatalogueRow.ComparisonRow;
import io.datrang.server.semantics.CatalogueRow.ScalarRow;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code x op ANY (array)} and {@code x op ALL (array)} with PostgreSQL's three-valued logic.
 *
 * <p>A null array gives null; an empty one false (ANY) or true (ALL), even for a null {@code x}.
 */
final class QuantifiedComparison {
  /** From so many elements on they are given to the engine as rows. */
  private static final int ROWS_MIN = 100;

  private final ExpressionTranslator expressions;
  private final SemanticCatalogue catalogue;

  QuantifiedComparison(ExpressionTranslator expressions, SemanticCatalogue catalogue) {
    this.expressions = expressions;
    this.catalogue = catalogue;
  }

  Operand translate(Expression.Quantified quantified) {
    CatalogueRow named = catalogue.operator(quantified.signature(), quantified.collation());
    if (named instanceof ScalarRow row) {
      return ofAny(row, quantified);
    }
    ComparisonRow row = (ComparisonRow) named;
    Operand scalar =
        ExpressionTranslator.checkedArgument(expressions.translate(quantified.scalar()), 0, row);
    List<Literal> elements = elements(quantified.array(), row);
    if (elements == null) {
      return new Literal("bool", StorageKind.BOOL, null);
    }
    if (elements.isEmpty()) {
      return new Literal("bool", StorageKind.BOOL, quantified.all());
    }
    for (Literal element : elements) {
      ExpressionTranslator.checkedArgument(element, 1, row);
    }
    boolean in = row.operator() == ComparisonOperator.EQ && !quantified.all();
    boolean notIn = row.operator() == ComparisonOperator.NE && quantified.all();
    if (scalar instanceof Computed column
        && (in || notIn)
        && !Comparison.hasKey(column)
        && (!column.type().equals("numeric") || column.kind() == StorageKind.DECIMAL)) {
      return Computed.bool(membership(column, elements, in), column.mayFail());
    }
    List<String> comparisons = new ArrayList<>();
    for (Literal element : elements) {
      comparisons.add(Comparison.sql(row.operator(), scalar, element));
    }
    return Computed.bool(
        Conditions.join(comparisons, quantified.all() ? " AND " : " OR "), scalar.mayFail());
  }

  /** An operator that is no comparison, such as LIKE: element by element. */
  private Operand ofAny(ScalarRow row, Expression.Quantified quantified) {
    Operand scalar = expressions.translate(quantified.scalar());
    List<Literal> elements = elements(quantified.array(), row);
    if (elements == null) {
      return new Literal("bool", StorageKind.BOOL, null);
    }
    if (elements.isEmpty()) {
      return new Literal("bool", StorageKind.BOOL, quantified.all());
    }
    List<Computed> parts = new ArrayList<>();
    for (Literal element : elements) {
      Computed part = EngineSql.computed(expressions.scalar(row, List.of(scalar, element)));
      if (part.kind() != StorageKind.BOOL) {
        throw new InvalidRequestException(row.signature() + " over an array is no condition");
      }
      parts.add(part);
    }
    return quantified.all() ? Conditions.and(parts) : Conditions.or(parts);
  }

  /** The elements' type is the array's without its brackets, whatever the operator's says. */
  private static List<Literal> elements(Expression.Constant array, CatalogueRow row) {
    if (!array.type().endsWith("[]")) {
      throw new InvalidRequestException(row.signature() + " over the type " + array.type());
    }
    String elementType = array.type().substring(0, array.type().length() - 2);
    try {
      return ConstantReader.elements(array, elementType);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  /** IN lists may be long: one engine IN for all elements it finds exactly, the rest beside it. */
  private static String membership(Computed column, List<Literal> elements, boolean in) {
    Optional<String> rows =
        elements.size() < ROWS_MIN ? Optional.empty() : LongList.rows(column.kind(), elements);
    if (rows.isPresent()) {
      return column.sql() + (in ? " IN (" : " NOT IN (") + rows.get() + ")";
    }
    List<String> list = new ArrayList<>();
    List<String> others = new ArrayList<>();
    ComparisonOperator operator = in ? ComparisonOperator.EQ : ComparisonOperator.NE;
    for (Literal element : elements) {
      if (element.value() == null) {
        list.add("NULL");
      } else if (element.value() instanceof NumericValue number) {
        Optional<String> equal = DecimalComparison.equalLiteral(column, number);
        equal.ifPresent(list::add);
        if (equal.isEmpty() && !DecimalComparison.isPlain(column)) {
          others.add(Comparison.sql(operator, column, element));
        }
      } else if (isListable(column, element)) {
        list.add(EngineLiteral.sql(element));
      } else {
        others.add(Comparison.sql(operator, column, element));
      }
    }
    if (!list.isEmpty()) {
      others.add(column.sql() + (in ? " IN (" : " NOT IN (") + String.join(", ", list) + ")");
    }
    if (others.isEmpty()) {
      return in ? Comparison.never(column) : Comparison.always(column);
    }
    return Conditions.join(others, in ? " OR " : " AND ");
  }

  private static boolean isListable(Computed column, Literal element) {
    if (element.value() instanceof TimestampValue value) {
      return column.kind() == element.kind()
          && (column.kind() == StorageKind.DATE
              || value.isInfinite()
              || value.engineMicros().isPresent());
    }
    return !Comparison.isZero(element.value());
  }
}
