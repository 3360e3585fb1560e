package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A commit may be replicated before anybody can see it: here, while it waits for a standby. */
class LateVisibleCommitIT {
  @Test
  void nativeTableIsMadeThoughItsCommitArrivesBeforeItCanBeSeen() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (MirroredDatabase database = MirroredDatabase.start();
        Connection control = database.cluster().connect();
        Statement statement = control.createStatement()) {
      statement.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
      statement.execute("SELECT pg_reload_conf()");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> setting(control, "synchronous_standby_names").equals("nobody"));
      Future<?> creation =
          threads.submit(
              () -> {
                database.execute("SELECT datrang.create_table('late', 'id int')");
                return null;
              });
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  MirroredDatabase.rows(
                                  control,
                                  "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                                      + " AND query LIKE '%create_table%' AND pid <> pg_backend_pid()")
                              .get(0)
                              .get(0)
                          instanceof Long waiting
                      && waiting == 1);
      TimeUnit.SECONDS.sleep(1); // for the message, and for what is done about it
      statement.execute("ALTER SYSTEM RESET synchronous_standby_names");
      statement.execute("SELECT pg_reload_conf()");
      creation.get(30, TimeUnit.SECONDS);
      database.execute("INSERT INTO late VALUES (1)");
      assertThat(MirroredDatabase.one(database.cluster(), "SELECT count(*) FROM late"))
          .isEqualTo("1");
    } finally {
      threads.shutdownNow();
    }
  }

  private static String setting(Connection connection, String name) throws Exception {
    return String.valueOf(
        MirroredDatabase.rows(connection, "SELECT current_setting('" + name + "')").get(0).get(0));
  }
}
