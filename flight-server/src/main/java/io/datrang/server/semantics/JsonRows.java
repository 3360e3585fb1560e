package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import io.datrang.server.functions.JsonPath;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.util.ArrayList;
import java.util.List;

/** Access to json and jsonb, which are kept as their texts. */
final class JsonRows {
  private JsonRows() {}

  static void addTo(Rows rows) {
    access(rows, "json");
    access(rows, "jsonb");
    rows.op("?(jsonb,text)", sql("bool", "pg_json_exists($1, $2)"));
    rows.op("?|(jsonb,text[])", Condition.VALUE_2, existence("pg_json_exists_any($1, $2)"));
    rows.op("?&(jsonb,text[])", Condition.VALUE_2, existence("pg_json_exists_all($1, $2)"));
    rows.both(
        "@>(jsonb,jsonb)", "jsonb_contains(jsonb,jsonb)", sql("bool", "pg_json_contains($1, $2)"));
    rows.both(
        "<@(jsonb,jsonb)", "jsonb_contained(jsonb,jsonb)", sql("bool", "pg_json_contains($2, $1)"));
    rows.func("bool(jsonb)", failing("bool", "pg_jsonb_bool($1)"));
    for (String type : List.of("int2", "int4", "int8", "float4", "float8")) {
      String sql = "CAST(pg_jsonb_" + type + "($1) AS " + EngineSql.type(type) + ")";
      rows.func(type + "(jsonb)", failing(type, sql));
    }
    rows.func(
        "numeric(jsonb)",
        (arguments, route) ->
            Computed.numericText("pg_jsonb_numeric(" + EngineSql.of(arguments.get(0)) + ")", true));
  }

  private static void access(Rows rows, String type) {
    String name = "pg_" + type;
    boolean mayFail = type.equals("json");
    List<String> results = List.of(type, "text");
    for (String result : results) {
      boolean asText = result.equals("text");
      String arrow = asText ? ">>" : ">";
      String suffix = asText ? "_text(" : "(";
      rows.op(
          "-" + arrow + "(" + type + ",text)",
          new Template(result, name + "_field" + suffix + "$1, $2)", mayFail));
      rows.op(
          "-" + arrow + "(" + type + ",int4)",
          new Template(result, name + "_element" + suffix + "$1, $2)", mayFail));
      rows.op(
          "#" + arrow + "(" + type + ",text[])",
          Condition.VALUE_2,
          path(result, name + "_path" + suffix + "$1, $2)", mayFail));
    }
    rows.func(type + "_typeof(" + type + ")", sql("text", name + "_type($1)"));
    rows.func(type + "_array_length(" + type + ")", failing("int4", name + "_array_length($1)"));
    for (String to : List.of("text", "varchar")) {
      rows.cast(type, to, sql(to, "$1"));
    }
  }

  /** With a path that is constant; one with a NULL in it leads nowhere. */
  private static CatalogueRow.Computation path(String type, String template, boolean mayFail) {
    return (arguments, route) -> {
      List<String> steps = names(arguments.get(1));
      return steps == null || steps.contains(null)
          ? new Literal(type, StorageKind.TEXT, null)
          : filled(type, template, arguments.get(0), steps, mayFail);
    };
  }

  /** With names that are constant; those that are NULL are passed over. */
  private static CatalogueRow.Computation existence(String template) {
    return (arguments, route) -> {
      List<String> names = names(arguments.get(1));
      if (names == null) {
        return new Literal("bool", StorageKind.BOOL, null);
      }
      names.removeIf(name -> name == null);
      return filled("bool", template, arguments.get(0), names, false);
    };
  }

  private static Computed filled(
      String type, String template, Operand json, List<String> names, boolean mayFail) {
    String list = EngineLiteral.string(JsonPath.text(names));
    String sql = Template.fill(template, List.of(EngineSql.of(json), list));
    return Computed.of(type, sql, mayFail || json.mayFail());
  }

  /** The texts of an array constant; null when it is NULL. */
  private static List<String> names(Operand array) {
    if (!(array instanceof Literal literal)) {
      throw new InvalidRequestException("a path that is not constant");
    }
    if (literal.value() == null) {
      return null;
    }
    List<String> names = new ArrayList<>();
    for (Object element : (List<?>) literal.value()) {
      names.add((String) ((Literal) element).value());
    }
    return names;
  }
}
