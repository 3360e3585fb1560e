package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import io.datrang.bench.differential.Catalogue.Kind;
import io.datrang.bench.differential.Catalogue.Row;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every scalar row of the catalogue that fails for some of a table's values, in statements as a
 * session writes them: SQLSTATE and message are PostgreSQL's, and there is no error for rows that
 * are filtered out or not asked for. {@code -Ddatrang.rows=REGEX} chooses rows.
 */
class RaisedErrorsIT {

  private static final int SEED = 11;
  private static final int ROWS = 60;
  private static final int PLACES = 3;
  private static final int ERRORS_MAX = 2;
  private static final String CHOSEN = System.getProperty("datrang.rows", ".*");

  private static final List<String> TYPES =
      List.of(
          "bool",
          "int2",
          "int4",
          "int8",
          "float4",
          "float8",
          "numeric",
          "text",
          "varchar",
          "bytea",
          "date",
          "time",
          "timestamp",
          "timestamptz",
          "interval",
          "uuid",
          "json",
          "jsonb",
          "int4[]",
          "text[]");

  private final Dice dice = new Dice(SEED);
  private final List<String> differences = new ArrayList<>();
  private Connection connection;
  private int failing;

  @BeforeEach
  void mirror() throws SQLException {
    connection = RunningDatabase.forTests().connect(Map.of());
    drop();
    List<String> columns = new ArrayList<>(List.of("id int4 PRIMARY KEY"));
    for (String type : TYPES) {
      for (int place = 0; place < PLACES; place++) {
        columns.add(name(type, place) + " " + type);
      }
    }
    List<String> tuples = new ArrayList<>();
    for (int id = 1; id <= ROWS; id++) {
      List<String> values = new ArrayList<>(List.of(String.valueOf(id)));
      for (String type : TYPES) {
        for (int place = 0; place < PLACES; place++) {
          values.add(dice.percent(4) ? "NULL" : SqlType.literal(value(type)));
        }
      }
      tuples.add("(" + String.join(", ", values) + ")");
    }
    Database.execute(
        connection,
        "SET TimeZone = 'Europe/Berlin'",
        "CREATE TABLE public.raised (" + String.join(", ", columns) + ")",
        "INSERT INTO public.raised VALUES " + String.join(",\n", tuples),
        "SELECT datrang.mirror('public.raised')",
        "SELECT datrang.wait_ready('public.raised', '5min')");
  }

  @AfterEach
  void unmirror() throws SQLException {
    drop();
    connection.close();
  }

  private void drop() throws SQLException {
    if (Database.single(connection, "SELECT to_regclass('columnar.raised')") != null) {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.raised')");
    }
    Database.execute(connection, "DROP TABLE IF EXISTS public.raised CASCADE");
  }

  private static String name(String type, int place) {
    return type.replace("[]", "s") + "_" + place;
  }

  private String value(String type) {
    return switch (type) {
      case "bool" -> Values.bool(dice);
      case "int2" -> Values.integer(dice, 16);
      case "int4" -> Values.integer(dice, 32);
      case "int8" -> Values.integer(dice, 64);
      case "float4" -> Values.float4(dice);
      case "float8" -> Values.float8(dice);
      case "numeric" -> Values.numeric(dice);
      case "text", "varchar" ->
          dice.pick("12", " -7 ", "1e400", "abc", "99999999999", "NaN", "on", "", "1.5", "é");
      case "bytea" -> Values.bytea(dice);
      case "date" -> Values.date(dice);
      case "time" -> Values.time(dice);
      // What the engine has no timestamps for is an error of its own, not looked at here.
      case "timestamp" -> Values.timestamp(dice, "").replace("294246", "290000");
      case "timestamptz" -> Values.timestamp(dice, "+00").replace("294246", "290000");
      case "interval" -> Values.interval(dice);
      case "uuid" -> Values.uuid(dice);
      case "json", "jsonb" -> Values.json(dice);
      case "int4[]" -> dice.pick("{}", "{1,NULL}", "{3,1}");
      default -> dice.pick("{}", "{a,NULL}", "{B}");
    };
  }

  @Test
  void errorsArePostgres() throws SQLException {
    Catalogue catalogue = new Catalogue(connection);
    CatalogueCalls calls = new CatalogueCalls(dice, catalogue);
    for (Row row : catalogue.of(Kind.OPERATOR, Kind.FUNCTION, Kind.CAST)) {
      if (row.signature().matches(CHOSEN) && !row.types().contains("anyenum")) {
        check(row, calls.failing(row, columns()).replace("??", "?"));
      }
    }
    System.out.printf("errors: %d rows of the catalogue fail for some values%n", failing);
    assertThat(differences).isEmpty();
    assertThat(failing).isPositive();
  }

  private static UnaryOperator<String> columns() {
    int[] place = {0};
    return type ->
        type.equals("bpchar")
            ? "t.text_" + place[0]++ % PLACES + "::char(5)"
            : "t." + name(type, place[0]++ % PLACES);
  }

  private void check(Row row, String call) throws SQLException {
    Map<Integer, String> errors = errors(call);
    if (errors.isEmpty()) {
      return;
    }
    failing++;
    String good =
        "id <> ALL ('{%s}')"
            .formatted(
                errors.keySet().stream().map(String::valueOf).collect(Collectors.joining(",")));
    same(row, "SELECT id, " + call + " FROM " + Query.TABLE + " t WHERE " + good);
    same(row, "SELECT id, CASE WHEN " + good + " THEN " + call + " END FROM " + Query.TABLE + " t");
    same(
        row,
        "SELECT count(*) FROM "
            + Query.TABLE
            + " t WHERE CASE WHEN "
            + good
            + " THEN "
            + call
            + " IS NOT NULL END");
    Collection<Integer> different =
        errors.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey, (a, b) -> a))
            .values();
    for (int bad : different.stream().limit(ERRORS_MAX).toList()) {
      same(row, "SELECT " + call + " FROM " + Query.TABLE + " t WHERE id = " + bad);
      same(
          row,
          "SELECT count("
              + call
              + ") FROM "
              + Query.TABLE
              + " t WHERE id >= "
              + bad
              + " AND id <= "
              + bad);
    }
  }

  /** PostgreSQL's errors, by the rows for which it raises them. */
  private Map<Integer, String> errors(String call) throws SQLException {
    Database.execute(
        connection,
        "CREATE OR REPLACE FUNCTION public.raised_error(t public.raised) RETURNS text"
            + " LANGUAGE plpgsql AS $raised$ BEGIN PERFORM "
            + call
            + "; RETURN NULL; EXCEPTION WHEN others THEN RETURN SQLSTATE || SQLERRM; END $raised$");
    Map<Integer, String> errors = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT id, e FROM (SELECT id, public.raised_error(t) AS e FROM public.raised t"
                    + " OFFSET 0) s WHERE e IS NOT NULL")) {
      while (rows.next()) {
        errors.put(rows.getInt(1), rows.getString(2));
      }
    }
    return errors;
  }

  private void same(Row row, String sql) throws SQLException {
    String right = outcome(sql.replace(Query.TABLE, "public.raised"));
    String found = outcome(sql.replace(Query.TABLE, "columnar.raised"));
    if (!right.equals(found)) {
      differences.add(
          "%s: %s%n  right %s%n  found %s".formatted(row.signature(), sql, right, found));
    }
  }

  private String outcome(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      int count = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        lines.add(rows.getString(1) + (count > 1 ? " " + rows.getString(2) : ""));
      }
      lines.sort(null);
      return String.join("\n", lines);
    } catch (SQLException e) {
      String message = e.getMessage().lines().findFirst().orElse("");
      return e.getSQLState() + " " + message;
    }
  }
}
