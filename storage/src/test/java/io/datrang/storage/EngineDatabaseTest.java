package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

class EngineDatabaseTest {
  /** Of two branches, as files and the delta are, and two columns; the least id is 0. */
  private static final String FIRST_OF_EACH =
      """
      SELECT count(*) FILTER (WHERE signbit(f)) + min(id) FROM (VALUES (0.0::DOUBLE), (3.0::DOUBLE)) p (x),
        LATERAL (SELECT id, f FROM rows WHERE f = p.x ORDER BY id LIMIT 3) l
      """;

  @TempDir Path directory;

  @Test
  void firstRowsOfGroupsKeepTheSignOfZero() throws Exception {
    StorageConfig config = StorageConfig.of(directory, new PGSimpleDataSource());
    try (EngineDatabase engine = EngineDatabase.open(config);
        DuckDBConnection connection = engine.connect()) {
      EngineDatabase.run(
          connection,
          "CREATE TEMP TABLE half AS SELECT i AS id, '-0.0'::DOUBLE AS f FROM range(200) r (i)");
      EngineDatabase.run(
          connection,
          "CREATE TEMP VIEW rows AS SELECT * FROM half UNION ALL SELECT id + 200, f FROM half");
      assertThat(EngineDatabase.queryLong(connection, FIRST_OF_EACH)).isEqualTo(3);
    }
  }
}
