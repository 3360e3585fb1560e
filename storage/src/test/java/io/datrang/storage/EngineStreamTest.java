package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

class EngineStreamTest {
  @TempDir Path directory;

  @Test
  void aFailureHasTheEnginesWords() throws Exception {
    StorageConfig config = StorageConfig.of(directory, new PGSimpleDataSource());
    try (EngineDatabase engine = EngineDatabase.open(config);
        BufferAllocator allocator = new RootAllocator();
        DuckDBConnection connection = engine.connect()) {
      String fails = "SELECT CASE WHEN i > 7 THEN error('no eight') END FROM range(9) t(i)";
      assertThatThrownBy(() -> EngineStream.open(connection, allocator, fails, 10))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("no eight");
      try (EngineStream rows =
          EngineStream.open(connection, allocator, "SELECT i FROM range(3) t(i)", 10)) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.batch().getRowCount()).isEqualTo(3);
        assertThat(rows.next()).isFalse();
      }
    }
  }
}
