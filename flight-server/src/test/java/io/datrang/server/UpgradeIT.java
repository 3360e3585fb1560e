package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A database of the extension's last version, brought to this one. */
class UpgradeIT {
  private static final String PREVIOUS = "0.1.0";

  @Test
  void anUpdatedDatabaseHasWhatANewOneHas() throws Exception {
    try (MirroredDatabase database = MirroredDatabase.prepared()) {
      database.cluster().createDatabase("updated", "");
      database
          .cluster()
          .executeIn("updated", "CREATE EXTENSION datrang VERSION '" + PREVIOUS + "'");
      List<Object> before = objects(database, "updated");
      database.cluster().executeIn("updated", "ALTER EXTENSION datrang UPDATE");
      database.cluster().createDatabase("created", "");
      database.cluster().executeIn("created", "CREATE EXTENSION datrang");
      List<Object> created = objects(database, "created");
      assertThat(objects(database, "updated")).isEqualTo(created).isNotEqualTo(before);
    }
  }

  private static List<Object> objects(MirroredDatabase database, String name) throws Exception {
    try (Connection connection = database.cluster().connect(name);
        var query = UpgradeIT.class.getResourceAsStream("extension-objects.sql")) {
      String sql = new String(query.readAllBytes(), StandardCharsets.UTF_8);
      return MirroredDatabase.rows(connection, sql).stream().map(row -> row.get(0)).toList();
    }
  }

  @Test
  void theSidecarWaitsForItsOwnCatalogAndFilesItKnows() throws Exception {
    try (MirroredDatabase database = MirroredDatabase.prepared()) {
      database.execute(
          "CREATE TABLE t (id int PRIMARY KEY, v text)",
          "INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 1000) i");
      database.launch();
      database.mirror("t");
      assertThat(differences(database)).isZero();
      database.stop();

      String epoch = "SELECT epoch FROM datrang.sidecar";
      String taken = MirroredDatabase.one(database.cluster(), epoch);
      database.execute("UPDATE datrang.sidecar SET storage_version = 2");
      database.launchUnready();
      awaitProblem(database, "storage version 2, this sidecar knows version 1");
      database.execute(
          "UPDATE datrang.sidecar SET storage_version = 1",
          "UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'datrang'");
      awaitProblem(database, "version 0.0.1, this sidecar has version " + Version.text());
      awaitProblem(database, "ALTER EXTENSION datrang UPDATE TO '" + Version.text() + "'");
      // Nothing was taken from a sidecar that fits.
      assertThat(MirroredDatabase.one(database.cluster(), epoch)).isEqualTo(taken);

      database.execute(
          "UPDATE pg_extension SET extversion = '" + Version.text() + "' WHERE extname = 'datrang'",
          "DELETE FROM t WHERE id % 3 = 0");
      database.awaitReady();
      assertThat(differences(database)).isZero();
    }
  }

  private static void awaitProblem(MirroredDatabase database, String message) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(database.sidecar().health().problem())
                    .hasValueSatisfying(p -> assertThat(p).contains(message)));
  }

  private static long differences(MirroredDatabase database) throws SQLException {
    return Long.parseLong(
        MirroredDatabase.one(
            database.cluster(),
            "SELECT count(*) FROM ((TABLE t EXCEPT ALL TABLE columnar.t)"
                + " UNION ALL (TABLE columnar.t EXCEPT ALL TABLE t)) d"));
  }
}
