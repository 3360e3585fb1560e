package io.datrang.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class PostgresClusterIT {
  @Test
  void acceptsSettingsAndLoadsTheCatalog() throws SQLException {
    try (PostgresCluster cluster = PostgresCluster.builder().setting("work_mem", "5MB").start()) {
      cluster.loadCatalog();
      assertThat(query(cluster, "SHOW wal_level")).isEqualTo("logical");
      assertThat(query(cluster, "SHOW work_mem")).isEqualTo("5MB");
      assertThat(query(cluster, "SELECT count(*) FROM datrang.sidecar")).isEqualTo("1");
    }
  }

  @Test
  void keepsCommittedRowsOverAnImmediateStopAndARestart() throws SQLException {
    try (PostgresCluster cluster = PostgresCluster.startDefault()) {
      cluster.execute("CREATE TABLE t (i int)", "INSERT INTO t VALUES (7)");
      cluster.stopImmediate();
      assertThatThrownBy(cluster::connect).isInstanceOf(SQLException.class);
      cluster.launch();
      assertThat(query(cluster, "SELECT i FROM t")).isEqualTo("7");
      cluster.restart();
      assertThat(query(cluster, "SELECT i FROM t")).isEqualTo("7");
    }
  }

  @Test
  void createsDatabasesWithTheirOwnCollation() throws SQLException {
    try (PostgresCluster cluster = PostgresCluster.startDefault()) {
      cluster.createDatabase(
          "icu", "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8' ENCODING 'UTF8'");
      assertThat(query(cluster, "SELECT 'a' < 'B'")).isEqualTo("f");
      assertThat(queryIn(cluster, "icu", "SELECT 'a' < 'B'")).isEqualTo("t");
    }
  }

  @Test
  void leavesNothingBehind() {
    Path directory;
    try (PostgresCluster cluster = PostgresCluster.startDefault()) {
      directory = cluster.socketDirectory();
      assertThat(cluster.log()).contains("ready to accept connections");
    }
    assertThat(Files.exists(directory)).isFalse();
  }

  private static String query(PostgresCluster cluster, String sql) throws SQLException {
    return queryIn(cluster, "postgres", sql);
  }

  private static String queryIn(PostgresCluster cluster, String database, String sql)
      throws SQLException {
    try (Connection connection = cluster.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
