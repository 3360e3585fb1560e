package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.CatalogueRow.ComparisonRow;
import io.datrang.server.semantics.CatalogueRow.FunctionRow;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Translates the expressions of one request over one table into engine SQL.
 *
 * <p>The shim ships only what was announced and only under its condition; here both are checked
 * again, as are the types, so that a wrong shim gets an error and never a wrong answer. Not thread
 * safe.
 */
final class ExpressionTranslator {
  private final SemanticCatalogue catalogue;
  private final TableSchema table;
  private final int alias;
  private final Map<String, String> columnSql = new LinkedHashMap<>();

  ExpressionTranslator(SemanticCatalogue catalogue, TableSchema table, int alias) {
    this.catalogue = catalogue;
    this.table = table;
    this.alias = alias;
  }

  /** Names of the columns translated so far; the n-th is called {@code c<n>} in the SQL. */
  List<String> columns() {
    return List.copyOf(columnSql.keySet());
  }

  /** SQL of a boolean expression. */
  String condition(Expression expression) {
    Operand operand = translate(expression);
    if (operand.kind() != StorageKind.BOOL) {
      throw new InvalidRequestException("a condition of type " + operand.type());
    }
    return sql(operand);
  }

  Operand translate(Expression expression) {
    if (expression instanceof Expression.ColumnReference reference) {
      return column(reference);
    }
    if (expression instanceof Expression.Constant constant) {
      return ConstantReader.read(constant);
    }
    if (expression instanceof Expression.Operation operation) {
      return comparison(operation);
    }
    if (expression instanceof Expression.FunctionCall call) {
      return function(call);
    }
    if (expression instanceof Expression.Quantified quantified) {
      return new QuantifiedComparison(this, catalogue).translate(quantified);
    }
    if (expression instanceof Expression.Relabel relabel) {
      return relabel(relabel);
    }
    if (expression instanceof Expression.And and) {
      return Computed.bool(conjunction(and.arguments(), " AND "));
    }
    if (expression instanceof Expression.Or or) {
      return Computed.bool(conjunction(or.arguments(), " OR "));
    }
    if (expression instanceof Expression.Not not) {
      return Computed.bool("(NOT " + condition(not.argument()) + ")");
    }
    if (expression instanceof Expression.IsNull isNull) {
      return Computed.bool("(" + sql(translate(isNull.argument())) + " IS NULL)");
    }
    Expression.IsNotNull isNotNull = (Expression.IsNotNull) expression;
    return Computed.bool("(" + sql(translate(isNotNull.argument())) + " IS NOT NULL)");
  }

  static String sql(Operand operand) {
    return operand instanceof Literal literal
        ? EngineLiteral.output(literal)
        : ((Computed) operand).sql();
  }

  private Operand column(Expression.ColumnReference reference) {
    if (reference.alias() != alias) {
      throw new InvalidRequestException("no relation has the alias " + reference.alias());
    }
    Column column =
        table
            .column(reference.name())
            .orElseThrow(
                () ->
                    new InvalidRequestException(
                        "table "
                            + table.tableName()
                            + " has no column \""
                            + reference.name()
                            + "\""));
    String sql = columnSql.computeIfAbsent(column.name(), name -> "c" + (columnSql.size() + 1));
    ColumnType type = column.type();
    return new Computed(
        TypeNames.of(type), type.kind(), type.precision(), type.scale(), sql, column.fieldId());
  }

  private Operand comparison(Expression.Operation operation) {
    ComparisonRow row = catalogue.operator(operation.signature(), operation.collation());
    List<Operand> arguments = arguments(operation.arguments(), row);
    return Computed.bool(Comparison.sql(row.operator(), arguments.get(0), arguments.get(1)));
  }

  private Operand function(Expression.FunctionCall call) {
    FunctionRow row = catalogue.function(call.signature(), call.collation());
    Operand argument = arguments(call.arguments(), row).get(0);
    return new Computed(
        row.resultType(),
        TypeNames.kind(row.resultType()),
        0,
        0,
        row.template().formatted(sql(argument)),
        0);
  }

  /** Only between kinds of text, which are kept alike; domains over text are text here. */
  private Operand relabel(Expression.Relabel relabel) {
    Operand argument = translate(relabel.argument());
    if (argument.type().equals(relabel.type())) {
      return argument;
    }
    if (argument.kind() != StorageKind.TEXT || !TypeNames.isText(relabel.type())) {
      throw new InvalidRequestException(
          "relabelling " + argument.type() + " as " + relabel.type() + " is not understood");
    }
    return argument instanceof Literal literal
        ? new Literal(relabel.type(), StorageKind.TEXT, literal.value())
        : new Computed(
            relabel.type(),
            StorageKind.TEXT,
            0,
            0,
            ((Computed) argument).sql(),
            ((Computed) argument).fieldId());
  }

  private List<Operand> arguments(List<Expression> expressions, CatalogueRow row) {
    if (expressions.size() != row.argumentTypes().size()) {
      throw new InvalidRequestException(
          row.signature() + " with " + expressions.size() + " arguments");
    }
    List<Operand> arguments = new ArrayList<>();
    for (int i = 0; i < expressions.size(); i++) {
      arguments.add(checkedArgument(translate(expressions.get(i)), i, row));
    }
    return arguments;
  }

  /** The operand, if it is of the type the signature wants and kept as that type. */
  static Operand checkedArgument(Operand operand, int index, CatalogueRow row) {
    String wanted = row.argumentTypes().get(index);
    boolean fits;
    if (wanted.equals("anyenum")) {
      fits = operand.kind() == StorageKind.TEXT && TypeNames.kind(operand.type()) == null;
    } else {
      fits =
          operand.kind() == TypeNames.kind(wanted)
              && (operand.type().equals(wanted)
                  || (wanted.equals("text") && operand.type().equals("varchar")));
    }
    if (!fits) {
      throw new InvalidRequestException(
          row.signature()
              + " cannot be computed on a value of type "
              + operand.type()
              + (operand.kind() == StorageKind.TEXT ? " kept as text" : ""));
    }
    return operand;
  }

  private String conjunction(List<Expression> arguments, String operator) {
    List<String> conditions = new ArrayList<>();
    for (Expression argument : arguments) {
      conditions.add(condition(argument));
    }
    return Conditions.join(conditions, operator);
  }
}
