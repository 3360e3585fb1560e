package io.datrang.server.flightsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.request.Freshness;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.TestRoles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client's SQL may do, and all it may not. The engine itself is not locked here. */
class LockdownTest {
  /** What the engine's statistics say is empty. */
  private static final String NOTHING = " (SELECT id FROM many WHERE id + 0 < -5)";

  @TempDir private static Path directory;
  private static MemoryStorage storage;
  private static SqlService service;

  @BeforeAll
  static void start() throws Exception {
    storage = SampleTables.storage(100);
    storage.execute("CREATE TABLE other AS SELECT 42 AS secret");
    storage.execute("CREATE SEQUENCE counter");
    storage.execute("CREATE MACRO leak() AS (SELECT secret FROM other)");
    storage.execute("COPY (SELECT 42 AS secret) TO '" + directory + "/x.parquet'");
    storage.execute("COPY (SELECT 42 AS secret) TO '" + directory + "/x.csv'");
    service =
        new SqlService(
            storage, new SnapshotChooser(storage), new TableLookup(id -> Optional.empty()));
  }

  @AfterAll
  static void stop() {
    assertThat(storage.pinnedSnapshots()).isZero();
    storage.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "COPY (SELECT 1) TO '$DIR/out.csv'",
        "COPY many FROM '$DIR/x.csv'",
        "EXPORT DATABASE '$DIR/out'",
        "IMPORT DATABASE '$DIR/out'",
        "ATTACH '$DIR/out.db'",
        "DETACH memory",
        "USE memory",
        "LOAD httpfs",
        "INSTALL httpfs",
        "SET threads = 1",
        "SET lock_configuration = false",
        "RESET threads",
        "PRAGMA database_list",
        "PRAGMA threads = 1",
        "CALL pragma_version()",
        "CREATE TABLE t (a INT)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE SECRET s (TYPE s3)",
        "INSERT INTO columnar.many VALUES (1)",
        "UPDATE columnar.many SET id = 1",
        "DELETE FROM columnar.many",
        "TRUNCATE columnar.many",
        "DROP TABLE other",
        "ALTER TABLE other RENAME TO o",
        "VACUUM",
        "CHECKPOINT",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "SET VARIABLE x = 1",
        "EXPLAIN ANALYZE SELECT 1",
        "DESCRIBE many",
        "SUMMARIZE many",
        "SHOW TABLES",
        "SELECT * FROM (DESCRIBE many)",
        "SELECT * FROM (SHOW TABLES)",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE other",
        "WITH x AS (DELETE FROM other RETURNING *) SELECT * FROM x",
        "SELECT * FROM read_csv('$DIR/x.csv')",
        "SELECT * FROM read_csv_auto('$DIR/x.csv')",
        "SELECT * FROM read_parquet('$DIR/x.parquet')",
        "SELECT * FROM parquet_scan('$DIR/x.parquet')",
        "SELECT * FROM parquet_metadata('$DIR/x.parquet')",
        "SELECT * FROM read_text('$DIR/x.csv')",
        "SELECT * FROM read_blob('$DIR/x.csv')",
        "SELECT * FROM read_json('$DIR/x.csv')",
        "SELECT * FROM glob('$DIR/*')",
        "SELECT * FROM sniff_csv('$DIR/x.csv')",
        "SELECT * FROM '$DIR/x.parquet'",
        "SELECT * FROM \"$DIR/x.csv\"",
        "SELECT * FROM 'x.parquet' t, many",
        "SELECT (SELECT secret FROM '$DIR/x.parquet')",
        "SELECT * FROM many WHERE EXISTS (SELECT 1 FROM '$DIR/x.parquet')",
        "SELECT id FROM many ORDER BY (SELECT secret FROM other)",
        "SELECT id FROM many LIMIT (SELECT secret FROM other)",
        "SELECT CASE WHEN true THEN (SELECT secret FROM other) END",
        "SELECT list_transform([1], x -> (SELECT secret FROM other))",
        "SELECT sum(id) FILTER (WHERE EXISTS (SELECT 1 FROM other)) FROM many",
        "SELECT sum(id) OVER (ORDER BY (SELECT secret FROM other)) FROM many",
        "SELECT * FROM many m JOIN other o ON m.id = o.secret",
        "SELECT * FROM (VALUES ((SELECT secret FROM other)))",
        "SELECT * FROM unnest([(SELECT secret FROM other)])",
        "SELECT 1 UNION ALL SELECT secret FROM other",
        "FROM other",
        "TABLE other",
        "SELECT * FROM main.other",
        "SELECT * FROM memory.main.other",
        "SELECT * FROM memory.other",
        "SELECT * FROM delta.t1",
        "SELECT * FROM temp.main.datrang_1, many",
        "SELECT * FROM datrang_1, many",
        "SELECT * FROM duckdb_settings",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM duckdb_functions()",
        "SELECT * FROM duckdb_variables()",
        "SELECT * FROM duckdb_logs()",
        "SELECT * FROM duckdb_temporary_files()",
        "SELECT * FROM duckdb_memory()",
        "SELECT * FROM which_secret('x', 's3')",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM system.information_schema.tables",
        "SELECT * FROM pg_catalog.pg_class",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_table_info('other')",
        "SELECT * FROM query('SELECT secret FROM other')",
        "SELECT * FROM query_table('other')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "SELECT * FROM summary((SELECT 1))",
        "SELECT * FROM seq_scan('other')",
        "SELECT * FROM arrow_scan(1, 2, 3)",
        "SELECT * FROM test_all_types()",
        "SELECT * FROM checkpoint()",
        "SELECT * FROM enable_logging()",
        "SELECT * FROM histogram_values('other', 'secret')",
        "SELECT getenv('HOME')",
        "SELECT current_setting('threads')",
        "SELECT getvariable('x')",
        "SELECT set_config('threads', '1', false)",
        "SELECT nextval('counter')",
        "SELECT setseed(0.5)",
        "SELECT write_log('x')",
        "SELECT sleep_ms(1)",
        "SELECT pg_sleep(1)",
        "SELECT json_serialize_sql('SELECT 1')",
        "SELECT json_serialize_plan('SELECT secret FROM other')",
        "SELECT current_query()",
        "SELECT leak()",
        "SELECT main.leak()",
        "SELECT memory.main.leak()",
        "SELECT system.main.abs(-1)",
        "SELECT CAST(1 AS main.some_type)",
        "SELECT $name",
        "SELECT * FROM many AT (VERSION => 1)",
        "WITH other AS (SELECT 1), x AS (SELECT * FROM main.other) SELECT * FROM x",
        "SELECT * FROM (WITH other AS (SELECT 1 AS secret) SELECT * FROM other) a, other b",
        "WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x",
        "SELECT repeat('x', 2000000000)",
        "SELECT repeat('x', id) FROM many",
        "SELECT lpad('x', 1000001, 'y')",
        "SELECT rpad('x', CAST('999999999' AS INT), 'y')",
        "SELECT list_resize([1], 999999999)",
        "SELECT range(1000000000)",
        "SELECT unnest(generate_series(1, id)) FROM many",
        "SELECT format('{:999999999d}', 1)",
        "SELECT format('{:{}d}', 1, 999999999)",
        "SELECT printf('%*d', 999999999, 1)",
        "SELECT printf(t, 1) FROM many",
        "SELECT bitstring('1', 999999999)",
        "PIVOT many ON t USING sum(id)",
        "SELECT * FROM many PIVOT (sum(id) FOR t IN ('x'))",
        "",
        "-- nothing",
        "SELECT FROM WHERE",
      })
  void refuses(String sql) {
    String statement = sql.replace("$DIR", directory.toString());
    assertThatThrownBy(() -> run(statement)).isInstanceOf(SqlRefusedException.class);
    assertThat(directory.resolve("out.csv")).doesNotExist();
    assertThat(directory.resolve("out.db")).doesNotExist();
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 42",
        "VALUES (42)",
        "SELECT id FROM many WHERE id = 42",
        "SELECT id FROM columnar.many WHERE id = 42",
        "SELECT id FROM datrang.columnar.many WHERE id = 42",
        "SELECT \"ID\" FROM COLUMNAR.MANY WHERE Id = 42",
        "FROM many SELECT id WHERE id = 42",
        "SELECT many.id FROM columnar.many WHERE columnar.many.id = 42",
        "SELECT x FROM columnar.many AS m(x) WHERE m.x = 42",
        "SELECT max(id) - 57 FROM many",
        "WITH m AS (SELECT id FROM many), n AS (SELECT id FROM m) SELECT id FROM n WHERE id = 42",
        "WITH many AS (SELECT 42 AS id) SELECT id FROM many",
        "WITH RECURSIVE r(n) AS (SELECT 40 UNION ALL SELECT n + 1 FROM r WHERE n < 42)"
            + " SELECT max(n) FROM r",
        "SELECT id FROM (SELECT * FROM many) s WHERE EXISTS (SELECT 1 FROM kinds) AND id = 42",
        "SELECT 42 WHERE EXISTS (SELECT 1 FROM many m LEFT JOIN" + NOTHING + " n ON m.id = n.id)",
        "WITH n AS"
            + NOTHING
            + " SELECT 42 WHERE EXISTS (SELECT 1 FROM many m LEFT JOIN n ON m.id = n.id)",
        "WITH n AS MATERIALIZED"
            + NOTHING
            + ", c AS (SELECT id FROM many)"
            + " SELECT 42 WHERE EXISTS (SELECT 1 FROM c m LEFT JOIN n ON m.id = n.id)",
        "SELECT 42 WHERE EXISTS (SELECT 1 FROM many LIMIT 50%)",
        "SELECT 42 WHERE EXISTS (SELECT 1 FROM many m LEFT JOIN"
            + NOTHING
            + " n ON m.id = n.id LIMIT 90%)",
        "SELECT 42 WHERE NOT EXISTS (SELECT 1 FROM many LIMIT 0)",
        "SELECT 42 WHERE EXISTS (SELECT 1 FROM many UNION SELECT 2)",
        "SELECT id FROM many m WHERE id = 42 AND EXISTS (SELECT 1 FROM kinds WHERE m.id > 41)",
        "SELECT count(*) + 37 FROM (SELECT m.id FROM many m LEFT JOIN"
            + NOTHING
            + " n ON m.id = n.id LIMIT 5)",
        "SELECT m.id FROM many m JOIN LATERAL (SELECT m.id + 1 AS j) l ON true WHERE l.j = 43",
        "SELECT a.id FROM many a JOIN many b USING (id) WHERE id IN (SELECT 42)",
        "SELECT count(*) - 58 FROM many UNION SELECT 42",
        "SELECT list_sum(list_transform([20, 21], lambda x: x + 1)) - 1",
        "SELECT sum(i) - 3 FROM range(10) t(i)",
        "SELECT i FROM unnest([42]) AS u(i)",
        "SELECT CAST(42.4 AS DECIMAL(3, 0))",
        "SELECT id FROM many QUALIFY row_number() OVER (ORDER BY id) = 43",
        "SELECT id FROM many GROUP BY ALL ORDER BY ALL LIMIT 1 OFFSET 42",
        "SELECT DISTINCT ON (id // 100) id + 42 FROM many ORDER BY id // 100, id",
        "SELECT CAST(json_extract('{\"a\": 42}', '$.a') AS INT)",
        "SELECT date_diff('day', DATE '2020-01-01', DATE '2020-01-01' + INTERVAL 42 DAY)",
        "SELECT CAST(strlen(repeat('x', 42)) AS INT)",
        "SELECT coalesce(NULL, 42)",
        "SELECT CAST(printf('%02d', 42) AS INT)",
        "SELECT CAST(lpad('2', 2, '4') AS INT)",
        "SELECT list_sum(range(1, 7)) + 21",
      })
  void runs(String sql) {
    assertThat(run(sql)).hasToString("[[42]]");
  }

  @Test
  void keepsWhatTheStatementSays() {
    assertThat(
            run(
                "SELECT 'it''s', 'a\nb', '\u00fc\ud83d\ude00', 1e3, -0.5, NULL, true, 10 // 3, 'a' || 'b'"))
        .hasToString("[[it's, a\nb, \u00fc\ud83d\ude00, 1000.0, -0.5, null, true, 3, ab]]");
  }

  @Test
  void namesResultColumnsAsTheStatementDoes() {
    assertThat(
            service
                .describe(
                    statement("SELECT id, id AS \"my ID\", id, count(*) FROM many GROUP BY 1"),
                    new Freshness.Eventual(),
                    new Cancellation(),
                    storage.allocator())
                .result()
                .getFields())
        .extracting(f -> f.getName())
        .containsExactly("id", "my ID", "id", "count_star()");
  }

  @Test
  void everyAllowedFunctionExists() throws Exception {
    Set<String> known = new java.util.HashSet<>();
    try (java.sql.Connection connection = storage.connect();
        java.sql.ResultSet names =
            connection
                .createStatement()
                .executeQuery("SELECT DISTINCT lower(function_name) FROM duckdb_functions()")) {
      while (names.next()) {
        known.add(names.getString(1));
      }
    }
    assertThat(known).containsAll(AllowedFunctions.all());
    assertThat(AllowedFunctions.all()).hasSizeGreaterThan(500);
  }

  @Test
  void filesThatWereThereAreStillThere() throws Exception {
    assertThat(Files.size(directory.resolve("x.parquet"))).isPositive();
  }

  private static SqlService.Statement statement(String sql) {
    return new SqlService.Statement(sql, List.of(), null, TestRoles.everything(storage));
  }

  private static List<List<Object>> run(String sql) {
    List<List<Object>> rows = new ArrayList<>();
    Answer answer =
        new Answer() {
          private VectorSchemaRoot root;

          @Override
          public void start(VectorSchemaRoot started) {
            root = started;
          }

          @Override
          public void send(String metadata) {
            for (int i = 0; i < root.getRowCount(); i++) {
              List<Object> row = new ArrayList<>();
              for (FieldVector vector : root.getFieldVectors()) {
                row.add(vector.getObject(i));
              }
              rows.add(row);
            }
          }
        };
    service.run(
        statement(sql), new Freshness.Eventual(), answer, new Cancellation(), storage.allocator());
    return rows;
  }
}
