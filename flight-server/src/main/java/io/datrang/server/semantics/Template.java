package io.datrang.server.semantics;

import io.datrang.server.semantics.CatalogueRow.Computation;
import io.datrang.server.semantics.Operand.Computed;
import java.util.List;

/**
 * Engine SQL with places for the arguments, {@code $1} to {@code $9}.
 *
 * @param type PostgreSQL's result type
 * @param mayFail whether it raises errors for some arguments
 */
record Template(String type, String sql, boolean mayFail) implements Computation {

  /** Never fails. */
  static Template sql(String type, String sql) {
    return new Template(type, sql, false);
  }

  /** Raises an error where PostgreSQL does. */
  static Template failing(String type, String sql) {
    return new Template(type, sql, true);
  }

  @Override
  public Operand compute(List<Operand> arguments, NumericRoute route) {
    return Computed.of(
        type,
        fill(sql, arguments.stream().map(EngineSql::of).toList()),
        mayFail || arguments.stream().anyMatch(Operand::mayFail));
  }

  /** With the text form of the first argument, a numeric. */
  Operand computeOnText(List<Operand> arguments, NumericRoute route) {
    return compute(List.of(NumericForm.asText(arguments.get(0))), route);
  }

  static String fill(String template, List<String> arguments) {
    StringBuilder filled = new StringBuilder();
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      char next = i + 1 < template.length() ? template.charAt(i + 1) : ' ';
      if (c == '$' && next >= '1' && next <= '9') {
        filled.append(arguments.get(next - '1'));
        i++;
      } else {
        filled.append(c);
      }
    }
    return filled.toString();
  }
}
