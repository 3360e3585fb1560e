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

/**
 * Translates expressions into engine SQL, over the columns of one scope.
 *
 * <p>The shim ships only what was announced and only under its condition; here both are checked
 * again, as are the types, so that a wrong shim gets an error and never a wrong answer. Not thread
 * safe.
 */
final class ExpressionTranslator {
  private final SemanticCatalogue catalogue;
  private final Scope scope;
  private final NumericRoute route;
  private final SubqueryTranslator subqueries;
  private final LevelTranslator levels;

  /**
   * Translates over one scope.
   *
   * @param levels translates nested SELECTs
   */
  ExpressionTranslator(
      SemanticCatalogue catalogue, Scope scope, NumericRoute route, LevelTranslator levels) {
    this.catalogue = catalogue;
    this.scope = scope;
    this.route = route;
    this.levels = levels;
    this.subqueries = new SubqueryTranslator(this, scope, levels, catalogue);
  }

  NumericRoute route() {
    return route;
  }

  /** SQL of a boolean expression where null is as good as false. */
  Computed filter(Expression expression) {
    List<Computed> parts = new ArrayList<>();
    for (Expression part : conjuncts(expression)) {
      parts.add(
          part instanceof Expression.RowQuantified quantified && !quantified.all()
              ? subqueries.anyRow(quantified)
              : condition(part));
    }
    return Conditions.filter(parts);
  }

  /** A boolean expression. */
  Computed condition(Expression expression) {
    Operand operand = translate(expression);
    if (operand.kind() != StorageKind.BOOL) {
      throw new InvalidRequestException("a condition of type " + operand.type());
    }
    return EngineSql.computed(operand);
  }

  Operand translate(Expression expression) {
    Operand known = scope.known(expression);
    if (known != null) {
      return known;
    }
    if (expression instanceof Expression.ColumnReference reference) {
      return scope.column(reference);
    }
    if (expression instanceof Expression.Constant constant) {
      return ConstantReader.read(constant);
    }
    if (expression instanceof Expression.Operation operation) {
      return operation(operation);
    }
    if (expression instanceof Expression.FunctionCall call) {
      return scalar(
          catalogue.function(call.signature(), call.collation()), translate(call.arguments()));
    }
    if (expression instanceof Expression.TextCast cast) {
      return scalar(catalogue.cast(cast.signature()), List.of(translate(cast.argument())));
    }
    if (expression instanceof Expression.Quantified quantified) {
      return new QuantifiedComparison(this, catalogue).translate(quantified);
    }
    if (expression instanceof Expression.Relabel relabel) {
      return relabel(relabel);
    }
    return logic(expression);
  }

  List<Operand> translate(List<Expression> expressions) {
    List<Operand> operands = new ArrayList<>();
    for (Expression expression : expressions) {
      operands.add(translate(expression));
    }
    return operands;
  }

  private Operand logic(Expression expression) {
    if (expression instanceof Expression.And and) {
      return Conditions.and(conditions(and.arguments()));
    }
    if (expression instanceof Expression.Or or) {
      return Conditions.or(conditions(or.arguments()));
    }
    if (expression instanceof Expression.Not not) {
      Computed argument = condition(not.argument());
      return Computed.bool("(NOT " + argument.sql() + ")", argument.mayFail());
    }
    if (expression instanceof Expression.IsNull isNull) {
      Operand argument = translate(isNull.argument());
      return Computed.bool("(" + EngineSql.of(argument) + " IS NULL)", argument.mayFail());
    }
    if (expression instanceof Expression.IsNotNull isNotNull) {
      Operand argument = translate(isNotNull.argument());
      return Computed.bool("(" + EngineSql.of(argument) + " IS NOT NULL)", argument.mayFail());
    }
    if (expression instanceof Expression.WindowCall window) {
      return new WindowTranslator(this, catalogue).translate(window);
    }
    if (SubqueryTranslator.isSubquery(expression)) {
      return subqueries.translate(expression);
    }
    if (expression instanceof Expression.Aggregate aggregate) {
      throw new InvalidRequestException("aggregate " + aggregate.signature() + " in a wrong place");
    }
    return new ConditionalTranslator(this, catalogue).translate(expression);
  }

  private Operand operation(Expression.Operation operation) {
    CatalogueRow row = catalogue.operator(operation.signature(), operation.collation());
    List<Operand> arguments = translate(operation.arguments());
    if (row instanceof ComparisonRow comparison) {
      return comparison(comparison, arguments);
    }
    return scalar((ScalarRow) row, arguments);
  }

  Computed comparison(ComparisonRow row, List<Operand> arguments) {
    check(arguments, row);
    Operand left = arguments.get(0);
    Operand right = arguments.get(1);
    String sql = Comparison.sql(row.operator(), left, right);
    return Computed.bool(sql, left.mayFail() || right.mayFail());
  }

  Operand scalar(ScalarRow row, List<Operand> arguments) {
    check(arguments, row);
    Operand result = row.computation().compute(arguments, route);
    if (result.mayFail()) {
      levels.noteFailing();
    }
    return result;
  }

  /** Only between kinds of text, which are kept alike; domains over text are text here. */
  private static Operand relabel(String type, Operand argument) {
    if (argument.type().equals(type)) {
      return argument;
    }
    if (argument.kind() != StorageKind.TEXT || !TypeNames.isText(type)) {
      throw new InvalidRequestException(
          "relabelling " + argument.type() + " as " + type + " is not understood");
    }
    return argument instanceof Literal literal
        ? new Literal(type, StorageKind.TEXT, literal.value())
        : ((Computed) argument).as(type);
  }

  private Operand relabel(Expression.Relabel relabel) {
    return relabel(relabel.type(), translate(relabel.argument()));
  }

  static void check(List<Operand> arguments, CatalogueRow row) {
    int zone = row.condition().zoned() ? 1 : 0;
    boolean variadic = row.kind() == CatalogueRow.Kind.FUNC && row.signature().endsWith("any)");
    int wanted = variadic ? arguments.size() : row.argumentTypes().size() + zone;
    if (arguments.size() != wanted || wanted < row.argumentTypes().size() + zone) {
      throw new InvalidRequestException(
          row.signature() + " with " + arguments.size() + " arguments");
    }
    for (int i = 0; i < row.argumentTypes().size(); i++) {
      checkedArgument(arguments.get(i), i, row);
    }
    if (wanted > row.argumentTypes().size()
        && !TypeNames.isText(arguments.get(wanted - 1).type())) {
      throw new InvalidRequestException(row.signature() + " without a time zone");
    }
  }

  /** The operand, if it is of the type the signature wants and kept as that type. */
  static Operand checkedArgument(Operand operand, int index, CatalogueRow row) {
    String wanted = row.argumentTypes().get(index);
    boolean fits =
        switch (wanted) {
          case "any", "anyelement", "anycompatible" -> true;
          case "anyarray", "anycompatiblearray" -> operand.kind() == StorageKind.ARRAY;
          case "anyenum" ->
              operand.kind() == StorageKind.TEXT && TypeNames.mayBeEnum(operand.type());
          case "anynonarray" -> Ordering.isGroupable(operand);
          case "numeric" -> operand.type().equals("numeric");
          case "json", "jsonb" ->
              operand.kind() == StorageKind.TEXT && operand.type().equals(wanted);
          default ->
              operand.kind() == TypeNames.kind(wanted)
                  && (operand.type().equals(wanted)
                      || (wanted.equals("text") && operand.type().equals("varchar")));
        };
    if (!fits) {
      throw new InvalidRequestException(
          row.signature()
              + " cannot be computed on a value of type "
              + operand.type()
              + (operand.kind() == StorageKind.TEXT ? " kept as text" : ""));
    }
    return operand;
  }

  private List<Computed> conditions(List<Expression> expressions) {
    List<Computed> conditions = new ArrayList<>();
    for (Expression expression : expressions) {
      conditions.add(condition(expression));
    }
    return conditions;
  }

  /** The parts all of which must be true. */
  static List<Expression> conjuncts(Expression condition) {
    if (!(condition instanceof Expression.And and)) {
      return List.of(condition);
    }
    List<Expression> parts = new ArrayList<>();
    for (Expression argument : and.arguments()) {
      parts.addAll(conjuncts(argument));
    }
    return parts;
  }
}
