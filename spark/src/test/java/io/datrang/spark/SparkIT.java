package io.datrang.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Tables as Spark reads them, compared with PostgreSQL's heap, on the running system that PGHOST,
 * PGPORT, PGUSER and PGPASSFILE name.
 */
class SparkIT {
  /** Of each a column and one of its array. */
  private static final List<String> TYPES =
      List.of(
          "boolean",
          "smallint",
          "integer",
          "bigint",
          "real",
          "double precision",
          "numeric(4,2)",
          "numeric(18,18)",
          "numeric(38,10)",
          "numeric",
          "text",
          "varchar(40)",
          "char(5)",
          "bytea",
          "date",
          "time",
          "timestamp",
          "timestamptz",
          "interval",
          "uuid",
          "json",
          "jsonb",
          "inet",
          "int4range");

  private static SparkSession spark;
  private static Connection postgres;

  @BeforeAll
  static void start() throws SQLException {
    postgres = DriverManager.getConnection(jdbcUrl());
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.datetime.java8API.enabled", "true")
            .config("spark.sql.shuffle.partitions", "2");
    // What ./dev env --spark prints, but for the user.
    String catalog = "spark.sql.catalog.datrang";
    spark =
        builder
            .config(catalog, "org.apache.iceberg.spark.SparkCatalog")
            .config(catalog + ".catalog-impl", "org.apache.iceberg.jdbc.JdbcCatalog")
            .config(catalog + ".uri", jdbcUrl() + "&currentSchema=datrang")
            .config(catalog + ".jdbc.schema-version", "V1")
            .config(catalog + ".jdbc.init-catalog-tables", "false")
            .config(catalog + ".warehouse", "unused")
            .config(catalog + ".cache-enabled", "false")
            .getOrCreate();
  }

  private static String jdbcUrl() {
    return "jdbc:postgresql://%s:%s/%s?user=%s"
        .formatted(
            System.getenv("PGHOST"),
            System.getenv("PGPORT"),
            System.getenv("PGDATABASE"),
            System.getenv("PGUSER"));
  }

  @AfterAll
  static void stop() throws SQLException {
    spark.stop();
    postgres.close();
  }

  @Test
  void aMirrorOfAllTypesThroughItsChanges() throws SQLException {
    List<String> types = new ArrayList<>(TYPES);
    TYPES.forEach(type -> types.add(type + "[]"));
    List<String> columns =
        IntStream.range(0, types.size()).mapToObj(i -> "c" + i).collect(Collectors.toList());
    execute(
        drop("spark_all"),
        "CREATE TABLE spark_all (id int PRIMARY KEY, %s)"
            .formatted(
                IntStream.range(0, types.size())
                    .mapToObj(i -> columns.get(i) + " " + types.get(i))
                    .collect(Collectors.joining(", "))));
    insert("spark_all", types, 1, 400);
    mirror("spark_all");
    columns.add(0, "id");
    types.add(0, "integer");
    compare("columnar.spark_all", "spark_all", columns, types);

    // Deletion vectors: on files of the first copy, and on those of the stream.
    execute("DELETE FROM spark_all WHERE id % 7 = 0");
    insert("spark_all", types.subList(1, types.size()), 401, 500);
    compare("columnar.spark_all", "spark_all", columns, types);
    execute(
        "DELETE FROM spark_all WHERE id % 5 = 0",
        "UPDATE spark_all SET c10 = 'changed' WHERE id % 3 = 0");
    compare("columnar.spark_all", "spark_all", columns, types);

    // Files of several forms of the table.
    execute(
        "ALTER TABLE spark_all ADD COLUMN later int DEFAULT 7",
        "ALTER TABLE spark_all DROP COLUMN c0",
        "ALTER TABLE spark_all RENAME COLUMN c1 TO renamed",
        "INSERT INTO spark_all (id, renamed, later) VALUES (1000, 1, 2)");
    types.remove(columns.indexOf("c0"));
    columns.remove("c0");
    columns.set(columns.indexOf("c1"), "renamed");
    columns.add("later");
    types.add("integer");
    compare("columnar.spark_all", "spark_all", columns, types);

    execute("TRUNCATE spark_all");
    compare("columnar.spark_all", "spark_all", columns, types);
  }

  /** Spark knows no columns of type time in Iceberg's tables. */
  @Test
  void timesOfDayThatOthersThanSparkAreToRead() throws SQLException {
    List<String> columns = List.of("id", "t", "ts");
    List<String> types = List.of("integer", "time", "time[]");
    execute(
        drop("spark_times"),
        "CREATE TABLE spark_times (id int PRIMARY KEY, t time, ts time[])",
        "INSERT INTO spark_times SELECT i, i * interval '1 s', '{24:00,0:00}' FROM"
            + " generate_series(1, 2000) i",
        "ALTER SERVER datrang OPTIONS (ADD iceberg_time 'time')");
    try {
      mirror("spark_times");
    } finally {
      execute("ALTER SERVER datrang OPTIONS (DROP iceberg_time)");
    }
    assertThatThrownBy(() -> sparkRows("columnar.spark_times", columns))
        .hasMessageContaining("time");
    execute(
        "SELECT datrang.resync('spark_times')", "SELECT datrang.wait_ready('spark_times', '120s')");
    compare("columnar.spark_times", "spark_times", columns, types);
  }

  @Test
  void aNativeTable() throws SQLException {
    execute(
        "DROP FOREIGN TABLE IF EXISTS spark_native",
        "DROP TABLE IF EXISTS spark_twin",
        "SELECT datrang.create_table('spark_native', 'id int, word text, part numeric(10,2)')",
        "CREATE TABLE spark_twin (id int, word text, part numeric(10,2))");
    for (String table : List.of("spark_native", "spark_twin")) {
      execute(
          "INSERT INTO %s SELECT i, 'w' || i, i / 7.0 FROM generate_series(1, 5000) i"
              .formatted(table),
          "DELETE FROM %s WHERE id %% 9 = 0".formatted(table),
          "UPDATE %s SET word = NULL WHERE id %% 11 = 0".formatted(table));
    }
    compare(
        "public.spark_native",
        "spark_twin",
        List.of("id", "word", "part"),
        List.of("integer", "text", "numeric(10,2)"));
  }

  @Test
  void aPartitionedTableAndItsAggregates() throws SQLException {
    execute(
        drop("spark_parts"),
        "CREATE TABLE spark_parts (id int PRIMARY KEY, v double precision) PARTITION BY RANGE (id)",
        "CREATE TABLE spark_parts_1 PARTITION OF spark_parts FOR VALUES FROM (0) TO (10000)",
        "CREATE TABLE spark_parts_2 PARTITION OF spark_parts FOR VALUES FROM (10000) TO (20000)",
        "INSERT INTO spark_parts SELECT i, i / 3.0 FROM generate_series(0, 19999) i");
    mirror("spark_parts");
    execute("DELETE FROM spark_parts WHERE id BETWEEN 5000 AND 14999");
    compare(
        "columnar.spark_parts",
        "spark_parts",
        List.of("id", "v"),
        List.of("integer", "double precision"));
    List<Row> answer =
        spark
            .sql(
                "SELECT count(*), sum(id), min(id), max(id) FROM datrang.columnar.spark_parts WHERE"
                    + " id > 100")
            .collectAsList();
    assertThat(answer.get(0).mkString(","))
        .isEqualTo(
            one(
                "SELECT concat_ws(',', count(*), sum(id), min(id), max(id)) FROM spark_parts WHERE"
                    + " id > 100"));
  }

  /**
   * All mirrors there are: {@code ./dev test --long} leaves those of the differential suite behind.
   */
  @Test
  void everyMirrorThereIs() throws SQLException {
    execute("SET TimeZone = 'UTC'");
    int compared = 0;
    for (String id :
        column(
            "SELECT table_id::text FROM datrang.tables WHERE kind = 'mirror' AND state ="
                + " 'streaming' AND source IS NOT NULL ORDER BY table_id")) {
      String of = " FROM datrang.tables WHERE table_id = " + id;
      String each =
          " FROM datrang.tables t, jsonb_array_elements(columns) c WHERE table_id = " + id;
      List<String> names = column("SELECT quote_ident(c->>'name')" + each);
      List<String> quoted = column("SELECT '`' || (c->>'name') || '`'" + each);
      List<String> types =
          column(
              "SELECT CASE WHEN c->>'kind' = 'TEXT' THEN 'kept text' WHEN c->'element'->>'kind' ="
                  + " 'TEXT' THEN 'kept text[]' ELSE format_type((c->>'oid')::oid,"
                  + " (c->>'typmod')::int) END"
                  + each);
      String table = one("SELECT '`columnar`.`' || table_name || '`'" + of);
      String heap = one("SELECT source::regclass::text" + of);
      compare(table, quoted, heap, names, types);
      compared++;
    }
    assertThat(compared).isGreaterThanOrEqualTo(Integer.getInteger("datrang.mirrors", 0));
  }

  private static List<String> column(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = postgres.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        values.add(row.getString(1));
      }
    }
    return values;
  }

  /** Spark has no snapshot of ours: it reads what has been flushed. */
  private static void compare(String table, String twin, List<String> columns, List<String> types) {
    compare(table, columns, twin, columns, types);
  }

  private static void compare(
      String table,
      List<String> sparkColumns,
      String twin,
      List<String> columns,
      List<String> types) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              List<String> read = sparkRows(table, sparkColumns);
              List<String> expected = rows(twin, columns, types);
              assertThat(without(read, expected))
                  .as(
                      "rows of %s that only Spark has, where only the heap has %s",
                      table, without(expected, read))
                  .isEmpty();
              assertThat(read).hasSameSizeAs(expected);
            });
  }

  /** A few rows that the others lack; keys make rows differ. */
  private static List<String> without(List<String> rows, List<String> others) {
    Set<String> known = Set.copyOf(others);
    return rows.stream().filter(row -> !known.contains(row)).limit(3).toList();
  }

  private static List<String> sparkRows(String table, List<String> columns) {
    return spark
        .sql("SELECT %s FROM datrang.%s".formatted(String.join(", ", columns), table))
        .collectAsList()
        .stream()
        .map(row -> IntStream.range(0, row.size()).mapToObj(i -> Texts.of(row.get(i))).toList())
        .map(List::toString)
        .sorted()
        .toList();
  }

  private static List<String> rows(String table, List<String> columns, List<String> types)
      throws SQLException {
    String list =
        IntStream.range(0, columns.size())
            .mapToObj(i -> Texts.expression(types.get(i), columns.get(i)))
            .collect(Collectors.joining(", "));
    List<String> rows = new ArrayList<>();
    try (Statement statement = postgres.createStatement();
        ResultSet result = statement.executeQuery("SELECT " + list + " FROM " + table)) {
      while (result.next()) {
        String[] row = new String[columns.size()];
        for (int i = 0; i < row.length; i++) {
          row[i] = result.getString(i + 1);
        }
        rows.add(Arrays.toString(row));
      }
    }
    rows.sort(Comparator.naturalOrder());
    return rows;
  }

  private static void insert(String table, List<String> types, int first, int last)
      throws SQLException {
    String values = types.stream().map(SparkIT::value).collect(Collectors.joining(",\n"));
    execute(
        "INSERT INTO %s SELECT i, %s FROM generate_series(%d, %d) i"
            .formatted(table, values, first, last));
  }

  /** A value of row {@code i}: now and then NULL or an extreme. */
  private static String value(String type) {
    if (type.endsWith("[]")) {
      String element = value(type.substring(0, type.length() - 2));
      return "CASE i %% 5 WHEN 0 THEN NULL WHEN 1 THEN '{}'::%s ELSE ARRAY[%s, NULL, %s] END"
          .formatted(type, element, element)
          .replace("%%", "%");
    }
    String[] ofType =
        switch (type.replaceAll("\\(.*", "")) {
          case "boolean" -> new String[] {"i % 2 = 0", "false"};
          case "smallint" -> new String[] {"i", "-32768"};
          case "integer" -> new String[] {"i * 1000", "-2147483648"};
          case "bigint" -> new String[] {"i * 10000000000", "-9223372036854775808"};
          case "real" -> new String[] {"i / 7.0", "'NaN'", "'-Infinity'", "'-0'"};
          case "double precision" -> new String[] {"i / 7.0", "'NaN'", "'Infinity'", "'-0'"};
          case "numeric" ->
              type.equals("numeric")
                  ? new String[] {"i / 7.0", "'1e400'", "'NaN'"}
                  : new String[] {"i / 1000.0", "0", type.endsWith("18)") ? "-0.9" : "-99.99"};
          case "text", "varchar" ->
              new String[] {"'w' || i", "''", "'\u00e9 \ud83d\ude00 \" ''\\'"};
          case "char" -> new String[] {"'c' || i", "''"};
          case "bytea" -> new String[] {"decode(md5(i::text), 'hex')", "''"};
          case "date" -> new String[] {"date '2024-01-01' + i", "'0001-01-01'", "'9999-12-31'"};
          case "time" ->
              new String[] {
                "time '00:00' + i * interval '1.000001 minutes'", "'24:00'", "'23:59:59.999999'"
              };
          case "timestamp" ->
              new String[] {
                "timestamp '2024-01-01 00:00:00.000001' + i * interval '1 hour'",
                "'0001-01-01 00:00:00'",
                "'9999-12-31 23:59:59.999999'"
              };
          case "timestamptz" ->
              new String[] {
                "timestamptz '2024-01-01 00:00:00.000001Z' + i * interval '1 hour'",
                "'0001-01-01 00:00:00Z'"
              };
          case "interval" ->
              new String[] {
                "i * interval '1 month 3 days 4.5 seconds'", "'-5 months 2 days -0.000001 s'"
              };
          case "uuid" -> new String[] {"md5(i::text)", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"};
          case "json", "jsonb" -> new String[] {"'{\"a\":  ' || i || '}'", "'null'"};
          case "inet" -> new String[] {"'10.0.0.0'::inet + i"};
          case "int4range" -> new String[] {"int4range(i, i + 5)", "'empty'"};
          default -> throw new IllegalArgumentException(type);
        };
    StringBuilder text = new StringBuilder("CASE i % " + (ofType.length + 5));
    text.append(" WHEN 0 THEN NULL");
    for (int i = 1; i < ofType.length; i++) {
      text.append(" WHEN ")
          .append(i)
          .append(" THEN (")
          .append(ofType[i])
          .append(")::")
          .append(type);
    }
    return text.append(" ELSE (")
        .append(ofType[0])
        .append(")::")
        .append(type)
        .append(" END")
        .toString();
  }

  private static String drop(String table) {
    return "DO $$ BEGIN IF to_regclass('%1$s') IS NOT NULL THEN PERFORM datrang.unmirror('%1$s'); DROP TABLE %1$s; END IF; END $$"
        .formatted(table);
  }

  private static void mirror(String table) throws SQLException {
    execute(
        "SELECT datrang.mirror('" + table + "')",
        "SELECT datrang.wait_ready('" + table + "', '120s')");
  }

  private static String one(String sql) throws SQLException {
    try (Statement statement = postgres.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void execute(String... statements) throws SQLException {
    try (Statement statement = postgres.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
