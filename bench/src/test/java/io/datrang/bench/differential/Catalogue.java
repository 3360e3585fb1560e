package io.datrang.bench.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the sidecar announces, from the document whose lists are written from the announcements, so
 * that new rows are among the random queries without being listed again.
 */
final class Catalogue {

  private static final Path DOCUMENT = Path.of("../flight-server/CATALOGUE.md");
  private static final Pattern SIGNATURE = Pattern.compile("`([^`]+)`(?=,|$)");
  private static final Map<String, Kind> SECTIONS =
      Map.of(
          "## Operators", Kind.OPERATOR,
          "## Functions", Kind.FUNCTION,
          "## Aggregates", Kind.AGGREGATE,
          "## Before OVER", Kind.WINDOW,
          "## Casts through text", Kind.CAST);

  /** What a row is called with. */
  enum Kind {
    OPERATOR,
    FUNCTION,
    AGGREGATE,
    WINDOW,
    CAST
  }

  /**
   * A row.
   *
   * @param types of its arguments, as PostgreSQL's catalog names them
   * @param condition under which it is announced
   * @param result the type of its value
   */
  record Row(Kind kind, String name, List<String> types, String condition, String result) {
    String signature() {
      return name + "(" + String.join(",", types) + ")";
    }
  }

  private final List<Row> rows = new ArrayList<>();

  Catalogue(Connection connection) throws SQLException {
    Map<String, String> results = results(connection);
    Kind kind = null;
    String condition = "";
    for (String line : lines()) {
      kind = SECTIONS.getOrDefault(line, kind);
      int list = line.lastIndexOf("`: `");
      if (kind == null || !line.startsWith("Always: ") && list < 0) {
        continue;
      }
      condition = list < 0 ? "" : line.substring("If `".length(), list);
      Matcher matcher = SIGNATURE.matcher(line.substring(list < 0 ? 0 : list + 1));
      while (matcher.find()) {
        rows.add(row(kind, matcher.group(1), condition, results));
      }
    }
  }

  private static List<String> lines() {
    try {
      return Files.readAllLines(DOCUMENT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Row row(
      Kind kind, String signature, String condition, Map<String, String> results) {
    if (kind == Kind.CAST) {
      String[] types = signature.split("->");
      return new Row(kind, types[1], List.of(types[0]), condition, types[1]);
    }
    int open = signature.lastIndexOf('(');
    String list = signature.substring(open + 1, signature.length() - 1);
    return new Row(
        kind,
        signature.substring(0, open),
        list.isEmpty() ? List.of() : List.of(list.split(",")),
        condition,
        results.getOrDefault(signature, ""));
  }

  /** The types of values of PostgreSQL's own functions and operators, by signature. */
  private static Map<String, String> results(Connection connection) throws SQLException {
    Map<String, String> results = new HashMap<>(Map.of("=any(anyelement,anyarray)", "bool"));
    results.put("<>all(anyelement,anyarray)", "bool");
    String types =
        "coalesce((SELECT string_agg(regexp_replace(typname, '^_(.*)', '\\1[]'), ',' ORDER BY n)"
            + " FROM unnest(%s) WITH ORDINALITY a (o, n) JOIN pg_type ON pg_type.oid = a.o), '')";
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT proname || '(' || "
                    + types.formatted("proargtypes")
                    + " || ')', typname FROM pg_proc p JOIN pg_type t ON t.oid = prorettype"
                    + " WHERE pronamespace = 'pg_catalog'::regnamespace UNION ALL"
                    + " SELECT oprname || '(' || "
                    + types.formatted("ARRAY[nullif(oprleft, 0), oprright]")
                    + " || ')', typname FROM pg_operator o JOIN pg_type t ON t.oid = oprresult"
                    + " WHERE oprnamespace = 'pg_catalog'::regnamespace")) {
      while (found.next()) {
        results.put(found.getString(1), found.getString(2));
      }
    }
    return results;
  }

  List<Row> of(Kind... kinds) {
    return rows.stream().filter(row -> List.of(kinds).contains(row.kind())).toList();
  }
}
