package io.datrang.server.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.functions.EngineFunctions;
import io.datrang.server.functions.ZoneTable;
import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Select;
import io.datrang.storage.TypeMapping;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the catalogue over a matrix of values, compared with PostgreSQL. */
class SemanticCatalogueIT {
  private static final List<OracleType> INTS =
      List.of(OracleType.INT2, OracleType.INT4, OracleType.INT8);
  private static final List<OracleType> FLOATS = List.of(OracleType.FLOAT4, OracleType.FLOAT8);
  private static final List<OracleType> ALONE =
      List.of(
          OracleType.BOOL,
          OracleType.TEXT,
          OracleType.BPCHAR,
          OracleType.BYTEA,
          OracleType.UUID,
          OracleType.DATE,
          OracleType.TIME,
          OracleType.TIMESTAMP,
          OracleType.TIMESTAMPTZ,
          OracleType.INTERVAL,
          OracleType.JSONB,
          OracleType.ENUM);

  private static PostgresCluster cluster;
  private static Connection postgres;
  private static Connection engine;

  @BeforeAll
  static void start() throws SQLException {
    cluster = PostgresCluster.startDefault();
    postgres = cluster.connect();
    execute(postgres, "CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy', 'it''s')");
    execute(postgres, "SET TimeZone = 'UTC'; SET extra_float_digits = 3; SET DateStyle = 'ISO'");
    engine = DriverManager.getConnection("jdbc:duckdb:");
    execute(engine, "SET TimeZone = 'UTC'");
    EngineFunctions.register(engine, name -> ZoneTable.UTC);
  }

  @AfterAll
  static void stop() throws SQLException {
    engine.close();
    postgres.close();
    cluster.close();
  }

  static Stream<Arguments> pairs() {
    List<Arguments> pairs = new ArrayList<>();
    for (List<OracleType> family : List.of(INTS, FLOATS, OracleType.DECIMALS)) {
      family.forEach(a -> family.forEach(b -> pairs.add(Arguments.of(a, b))));
    }
    ALONE.forEach(type -> pairs.add(Arguments.of(type, type)));
    pairs.add(Arguments.of(OracleType.DATE, OracleType.TIMESTAMP));
    pairs.add(Arguments.of(OracleType.TIMESTAMP, OracleType.DATE));
    return pairs.stream();
  }

  @Test
  void noAnnouncedOperatorIsLeftOut() {
    List<String> covered =
        pairs()
            .flatMap(
                pair ->
                    operators((OracleType) pair.get()[0], (OracleType) pair.get()[1]).stream()
                        .map(row -> row.signature()))
            .distinct()
            .toList();
    // ScalarRowsIT has those that depend on the time zone.
    assertThat(new SemanticCatalogue().announcements())
        .filteredOn(a -> !a.condition().zoned())
        .filteredOn(a -> a.signature().matches("(=|<>|<|<=|>|>=)\\(.*"))
        .allSatisfy(a -> assertThat(covered).contains(a.signature()));
  }

  @ParameterizedTest(name = "{0} column with {1} column")
  @MethodSource("pairs")
  void columnWithColumn(OracleType left, OracleType right) throws SQLException {
    List<CatalogueRow.ComparisonRow> rows = operators(left, right);
    execute(postgres, values("a", left, left.values()));
    execute(postgres, values("b", right, right.values()));
    List<Expression> expressions = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (CatalogueRow.ComparisonRow row : rows) {
      expressions.add(operation(row, column("l"), column("r")));
      expected.add("a.v " + row.operator().symbol + " b.v" + collate(left));
    }
    execute(
        engine,
        "CREATE OR REPLACE TABLE t AS SELECT a.i AS li, b.i AS ri, a.v AS l, b.v AS r FROM "
            + engineValues(left)
            + " AS a(i, v), "
            + engineValues(right)
            + " AS b(i, v) ORDER BY li, ri");
    assertThat(engineRows(select(expressions), schema(left, right), "li, ri"))
        .isEqualTo(
            postgresRows("SELECT " + String.join(", ", expected) + " FROM a, b ORDER BY a.i, b.i"));
  }

  @ParameterizedTest(name = "{0} column with {1} constants")
  @MethodSource("pairs")
  void columnWithConstants(OracleType left, OracleType right) throws SQLException {
    List<CatalogueRow.ComparisonRow> rows = operators(left, right);
    execute(postgres, values("a", left, left.values()));
    execute(postgres, values("b", right, right.constants()));
    execute(engine, "CREATE OR REPLACE TABLE t AS FROM " + engineValues(left) + " AS a(i, l)");
    List<Expression.Constant> constants = constants(right);
    for (CatalogueRow.ComparisonRow row : rows) {
      CatalogueRow.ComparisonRow commuted =
          operators(right, left).get(row.operator().commuted().ordinal());
      List<Expression> expressions = new ArrayList<>();
      for (Expression.Constant constant : constants) {
        expressions.add(operation(row, column("l"), constant));
        expressions.add(operation(commuted, constant, column("l")));
      }
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < constants.size(); i++) {
        String operand = "(SELECT v FROM b WHERE i = " + i + ")";
        String comparison = "a.v " + row.operator().symbol + " " + operand + collate(left);
        expected.add(comparison);
        expected.add(comparison);
      }
      assertThat(engineRows(select(expressions), schema(left, right), "i"))
          .as(row.signature())
          .isEqualTo(
              postgresRows("SELECT " + String.join(", ", expected) + " FROM a ORDER BY a.i"));
      PruningOracle.check(
          left,
          row,
          constants,
          postgresRows(
              "SELECT " + String.join(", ", everySecond(expected)) + " FROM a ORDER BY a.i"));
    }
  }

  @ParameterizedTest(name = "{0} column with arrays of {1}")
  @MethodSource("pairs")
  void columnWithArrays(OracleType left, OracleType right) throws SQLException {
    execute(postgres, values("a", left, left.values()));
    execute(postgres, values("b", right, right.constants()));
    execute(engine, "CREATE OR REPLACE TABLE t AS FROM " + engineValues(left) + " AS a(i, l)");
    List<String> arrays = arrays(right);
    for (CatalogueRow.ComparisonRow row : operators(left, right)) {
      List<Expression> expressions = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (String array : arrays) {
        String text = single("SELECT (" + array + ")::text");
        for (boolean all : new boolean[] {false, true}) {
          Expression.Constant constant = new Expression.Constant(right.sqlType() + "[]", text);
          expressions.add(
              new Expression.Quantified(
                  all, row.signature(), collation(left), column("l"), constant));
          expected.add(
              "a.v "
                  + row.operator().symbol
                  + (all ? " ALL " : " ANY ")
                  + "("
                  + array
                  + (collate(left).isEmpty() ? ")" : " COLLATE \"C\")"));
        }
      }
      assertThat(engineRows(select(expressions), schema(left, right), "i"))
          .as(row.signature())
          .isEqualTo(
              postgresRows("SELECT " + String.join(", ", expected) + " FROM a ORDER BY a.i"));
      PruningOracle.check(
          left,
          expressions,
          postgresRows("SELECT " + String.join(", ", expected) + " FROM a ORDER BY a.i"));
    }
  }

  /** Arrays of none, one, some and all constants, with and without NULL, also of two dimensions. */
  private static List<String> arrays(OracleType type) {
    String cast = "::" + type.sqlType() + "[]";
    List<String> arrays = new ArrayList<>(List.of("NULL" + cast, "'{}'" + cast, "'{NULL}'" + cast));
    int n = type.constants().size();
    for (String which : List.of("i = 0", "i = " + (n - 1), "i IN (0, 1, 3)", "true")) {
      String some =
          "(SELECT array_agg(v ORDER BY i) FROM b WHERE v IS NOT NULL AND " + which + ")" + cast;
      arrays.add(some);
      arrays.add("(" + some + " || '{NULL}'" + cast + ")" + cast);
    }
    arrays.add("ARRAY[[(SELECT v FROM b WHERE i = 0)], [(SELECT v FROM b WHERE i = 1)]]");
    return arrays;
  }

  private static List<CatalogueRow.ComparisonRow> operators(OracleType left, OracleType right) {
    SemanticCatalogue catalogue = new SemanticCatalogue();
    List<CatalogueRow.ComparisonRow> rows = new ArrayList<>();
    for (ComparisonOperator operator : ComparisonOperator.values()) {
      String signature =
          operator.symbol + "(" + left.signatureType() + "," + right.signatureType() + ")";
      boolean announced =
          catalogue.announcements().stream().anyMatch(a -> a.signature().equals(signature));
      if (announced) {
        rows.add((CatalogueRow.ComparisonRow) catalogue.operator(signature, collation(left)));
      }
    }
    return rows;
  }

  private static Collation collation(OracleType type) {
    return collate(type).isEmpty() ? Collation.NONE : Collation.C;
  }

  private static String collate(OracleType type) {
    boolean text =
        type.column().kind() == StorageKind.BPCHAR || type.signatureType().equals("text");
    return text ? " COLLATE \"C\"" : "";
  }

  private static Expression column(String name) {
    return new Expression.ColumnReference(1, name);
  }

  private static Expression operation(
      CatalogueRow.ComparisonRow row, Expression left, Expression right) {
    boolean text = !row.condition().equals(Condition.ALWAYS);
    return new Expression.Operation(
        row.signature(), text ? Collation.C : Collation.NONE, List.of(left, right));
  }

  private static Select select(List<Expression> output) {
    return new Select(
        output, new Relation.Table(1, 1), null, null, null, null, null, List.of(), null, null);
  }

  private static TableSchema schema(OracleType left, OracleType right) {
    return new TableSchema(
        1,
        "columnar",
        "t",
        List.of(
            new Column(1, "l", left.column(), false), new Column(2, "r", right.column(), false)),
        List.of(1));
  }

  /** A table of numbered values, the last one NULL. */
  private static String values(String name, OracleType type, List<String> values) {
    StringBuilder sql = new StringBuilder("DROP TABLE IF EXISTS " + name);
    sql.append("; CREATE TEMP TABLE ").append(name).append(" (i int, v ").append(type.sqlType());
    sql.append("); INSERT INTO ").append(name).append(" VALUES (").append(values.size());
    sql.append(", NULL)");
    for (int i = 0; i < values.size(); i++) {
      sql.append(", (").append(i).append(", E'");
      sql.append(values.get(i).replace("\\", "\\\\").replace("'", "''")).append("')");
    }
    return sql.toString();
  }

  private static List<Expression.Constant> constants(OracleType type) throws SQLException {
    List<Expression.Constant> constants = new ArrayList<>();
    // Not a cast to text, which would strip a char(n).
    for (List<Object> row : postgresRows("SELECT format('%s', v), v IS NULL FROM b ORDER BY i")) {
      constants.add(
          new Expression.Constant(
              type.sqlType(), (Boolean) row.get(1) ? null : (String) row.get(0)));
    }
    return constants;
  }

  private static String engineValues(OracleType type) throws SQLException {
    execute(postgres, values("e", type, type.values()));
    List<String> rows = new ArrayList<>();
    for (List<Object> row :
        postgresRows(
            "SELECT i, CASE WHEN v IS NULL THEN 'NULL' ELSE "
                + type.engineSql()
                + " END FROM e ORDER BY i")) {
      rows.add(
          "("
              + row.get(0)
              + ", CAST("
              + row.get(1)
              + " AS "
              + TypeMapping.engine(type.column())
              + "))");
    }
    return "(VALUES " + String.join(", ", rows) + ")";
  }

  private static List<List<Object>> engineRows(Select select, TableSchema schema, String order)
      throws SQLException {
    TranslatedSelect translated =
        new SelectTranslator(new SemanticCatalogue())
            .translate(select, id -> schema, NumericRoute.SURE);
    List<String> read = translated.scans().get(0).columns();
    String columns = read.isEmpty() ? "NULL" : String.join(", ", read);
    return rows(
        engine, translated.sql(List.of("(SELECT " + columns + " FROM t ORDER BY " + order + ")")));
  }

  private static List<List<Object>> postgresRows(String sql) throws SQLException {
    return rows(postgres, sql);
  }

  private static String single(String sql) throws SQLException {
    return (String) postgresRows(sql).get(0).get(0);
  }

  private static List<List<Object>> rows(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<List<Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getObject(i));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  private static List<String> everySecond(List<String> list) {
    List<String> half = new ArrayList<>();
    for (int i = 0; i < list.size(); i += 2) {
      half.add(list.get(i));
    }
    return half;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
