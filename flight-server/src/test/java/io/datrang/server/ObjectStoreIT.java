package io.datrang.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.testing.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A system whose files are in an object store. */
class ObjectStoreIT {
  private static final List<String> QUERIES =
      List.of(
          "SELECT count(*) || ' ' || coalesce(sum(id), 0) || ' ' || count(note) FROM %s",
          "SELECT string_agg(id || note, ',' ORDER BY id) FROM %s WHERE mod(id, 1000) < 3");

  private ObjectStore store;
  private MirroredDatabase database;

  @BeforeEach
  void start() throws Exception {
    store = ObjectStore.start();
    database = MirroredDatabase.prepared();
    database.execute(
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'",
        "CREATE TABLE h (id int8 PRIMARY KEY, note text)",
        "INSERT INTO h SELECT n, 'note ' || n FROM generate_series(1, 50000) n");
    launch();
    database.execute(
        "SELECT datrang.create_table('n', 'id int8, note text')",
        "INSERT INTO n SELECT id, note FROM h");
    database.mirror("h");
  }

  @AfterEach
  void stop() {
    if (database != null) {
      database.close();
    }
    store.close();
  }

  private void launch() throws IOException {
    launch("sidecar");
  }

  private void launch(String prefix) throws IOException {
    database.launch(
        "DATRANG_OBJECT_STORE",
        "s3://" + ObjectStore.BUCKET + "/" + prefix,
        "DATRANG_OBJECT_STORE_ENDPOINT",
        store.endpoint().toString(),
        "DATRANG_OBJECT_CACHE_LIMIT",
        "4MB");
  }

  private String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }

  private void checkEqual() throws SQLException {
    for (String query : QUERIES) {
      String expected = one(query.formatted("h"));
      assertThat(one(query.formatted("columnar.h"))).isEqualTo(expected);
      assertThat(one(query.formatted("n"))).isEqualTo(expected);
    }
  }

  private void change(int from) {
    for (String table : List.of("h", "n")) {
      database.execute(
          "INSERT INTO %s SELECT n, 'more ' || n FROM generate_series(%d, %d) n"
              .formatted(table, from, from + 4999),
          "DELETE FROM %s WHERE id BETWEEN %d AND %d".formatted(table, from / 10, from / 10 + 700),
          "UPDATE %s SET note = 'changed' WHERE id = %d".formatted(table, from + 7));
    }
  }

  /** Waits until everything is in files. */
  private void awaitStored() throws SQLException {
    String flushed = one("SELECT pg_current_wal_flush_lsn()");
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                one("SELECT coalesce(durable_lsn >= '%s', false) FROM datrang.sidecar"
                        .formatted(flushed))
                    .equals("true"));
  }

  private void loseTableFiles() throws IOException {
    try (var files = Files.walk(database.dataDirectory())) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!each.toString().contains("staging") && !each.equals(database.dataDirectory())) {
          Files.delete(each);
        }
      }
    }
  }

  @Test
  void tablesSurviveTheLossOfTheDisk() throws Exception {
    checkEqual();
    change(100_001);
    one("SELECT datrang.vacuum('h')");
    one("SELECT datrang.vacuum('n')");
    change(200_001);
    checkEqual();
    awaitStored();
    assertThat(store.names()).anyMatch(name -> name.matches("sidecar/t[0-9]+/data/.*[.]parquet"));
    database.stop();
    loseTableFiles();
    launch();
    checkEqual();
    assertThat(one("SELECT count(*) FROM datrang.check('h')")).isEqualTo("0");
    change(300_001);
    checkEqual();
  }

  /** As OBJECT_STORE.md says it is done. */
  @Test
  void tablesMoveToALocalDiskAndToAnotherPrefix(@TempDir Path directory) throws Exception {
    change(100_001);
    move(directory.resolve("first.dump"), () -> database.launch());
    assertThat(dataFiles()).isNotEmpty();
    change(200_001);
    move(directory.resolve("second.dump"), () -> launch("moved"));
    change(300_001);
    checkEqual();
    awaitStored();
    assertThat(store.names()).anyMatch(name -> name.matches("moved/t[0-9]+/data/.*[.]parquet"));
  }

  private interface Launch {
    void run() throws IOException;
  }

  private void move(Path dump, Launch launch) throws Exception {
    program("pg_dump", "-Fc", "-t", "n", "--include-foreign-data=datrang", "-f", dump.toString());
    database.execute("DROP FOREIGN TABLE n");
    database.stop();
    try (var files = Files.walk(database.dataDirectory())) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
    database.execute("SELECT datrang.reset()");
    launch.run();
    program("pg_restore", "--exit-on-error", "-d", "postgres", dump.toString());
    one("SELECT datrang.wait_ready('h', '2min')");
    checkEqual();
  }

  private List<Path> dataFiles() throws IOException {
    try (var files = Files.walk(database.dataDirectory())) {
      return files.filter(f -> f.toString().endsWith(".parquet")).toList();
    }
  }

  private void program(String name, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(database.cluster().bin().resolve(name).toString());
    command.addAll(List.of("-h", "127.0.0.1", "-U", "postgres"));
    command.addAll(List.of("-p", Integer.toString(database.cluster().port())));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  @Test
  void replicationGoesOnWithoutTheObjectStore() throws Exception {
    awaitStored();
    checkEqual();
    store.down();
    change(100_001);
    checkEqual(); // what is on the disk, and in memory
    database.stop();
    loseTableFiles();
    assertThatThrownBy(() -> one("SELECT count(note) FROM columnar.h WHERE id < 40000"))
        .hasMessageContaining("sidecar");
    store.up();
    launch();
    checkEqual();
    awaitStored();
  }
}
