package io.datrang.server.semantics;

import static io.datrang.server.semantics.SureComputation.sure;

import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.Operand.Computed;
import java.util.ArrayList;
import java.util.List;

/**
 * Any number of values put together as texts, of types whose text is the same in every session.
 * PostgreSQL calls both stable, so the session's time zone comes last; it is of no use here.
 */
final class ConcatRows {
  private static final String TYPES = "text,varchar,bool,int2,int4,int8,numeric,uuid";

  private ConcatRows() {}

  static void addTo(Rows rows) {
    Condition exact = Condition.ZONED.and("types:0:" + TYPES);
    rows.func("concat(any)", exact, sure((arguments, route) -> joined("''", arguments, 0)));
    rows.func(
        "concat_ws(text,any)",
        exact,
        sure((arguments, route) -> joined(EngineSql.of(arguments.get(0)), arguments, 1)));
  }

  /** What is NULL is left out, with its separator; without a separator there is no result. */
  private static Operand joined(String separator, List<Operand> arguments, int from) {
    List<String> texts = new ArrayList<>(List.of(separator));
    for (Operand argument : arguments.subList(from, arguments.size() - 1)) {
      texts.add(text(EngineSql.computed(argument)));
    }
    return Computed.of(
        "text",
        "concat_ws(" + String.join(", ", texts) + ")",
        arguments.stream().anyMatch(Operand::mayFail));
  }

  private static String text(Computed value) {
    return switch (value.type()) {
      case "text", "varchar" -> value.sql();
      case "bool" ->
          "CASE WHEN " + value.sql() + " THEN 't' WHEN NOT " + value.sql() + " THEN 'f' END";
      case "int2", "int4", "int8", "uuid" -> "CAST(" + value.sql() + " AS VARCHAR)";
      case "numeric" -> NumericForm.text(value);
      default -> throw new InvalidRequestException("a text of a value of type " + value.type());
    };
  }
}
