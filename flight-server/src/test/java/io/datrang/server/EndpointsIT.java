package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.testing.SqlClients;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Answers of large scans, which are fetched from several endpoints. */
class EndpointsIT {
  private static final BufferAllocator MEMORY = new RootAllocator();
  private static final String ROWS = "SELECT id, n * 2 AS twice, s FROM %s WHERE id > 100";

  private static MirroredDatabase database;

  @BeforeAll
  static void start() throws Exception {
    database =
        MirroredDatabase.start("DATRANG_ENDPOINT_ROWS", "4000", "DATRANG_FLUSH_INTERVAL", "1h");
    database.execute(
        "CREATE ROLE client LOGIN PASSWORD 'correct'",
        "CREATE ROLE other LOGIN PASSWORD 'correct'",
        "CREATE TABLE t (id int8 PRIMARY KEY, n int4, s text)",
        "INSERT INTO t SELECT g, g % 1000, 'text ' || g FROM generate_series(1, 20000) g",
        "GRANT SELECT ON t TO client, other");
    database.mirror("t");
    database.execute("SELECT datrang.file_options('t', row_group_rows => 2048)");
    // Files, deletion vectors, rows of the delta, and keys it has deleted.
    MirroredDatabase.one(database.cluster(), "SELECT datrang.resync('t')");
    MirroredDatabase.one(database.cluster(), "SELECT datrang.wait_ready('t', '60s')");
    database.execute("DELETE FROM t WHERE id % 7 = 0");
    MirroredDatabase.one(database.cluster(), "SELECT datrang.vacuum('t')");
    database.execute("DELETE FROM t WHERE id % 11 = 0");
    database.execute(
        "DELETE FROM t WHERE id % 13 = 0",
        "UPDATE t SET s = 'changed' WHERE id % 17 = 0",
        "INSERT INTO t SELECT g, 5, 'late' FROM generate_series(30001, 30100) g");
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
    assertThat(MEMORY.getAllocatedMemory()).isZero();
  }

  private static FlightSqlClient client(String role) throws Exception {
    String token = SqlClients.token(MEMORY, database.flightPort(), role, "correct");
    String lsn = MirroredDatabase.one(database.cluster(), "SELECT pg_current_wal_flush_lsn()");
    return new FlightSqlClient(
        SqlClients.client(
            MEMORY, database.flightPort(), "Bearer " + token, "datrang-min-lsn", lsn));
  }

  private static List<String> read(FlightSqlClient client, FlightEndpoint endpoint)
      throws Exception {
    List<String> rows = new ArrayList<>();
    try (var stream = client.getStream(endpoint.getTicket())) {
      while (stream.next()) {
        for (int i = 0; i < stream.getRoot().getRowCount(); i++) {
          List<Object> row = new ArrayList<>();
          for (FieldVector vector : stream.getRoot().getFieldVectors()) {
            row.add(vector.getObject(i));
          }
          rows.add(row.toString());
        }
      }
    }
    return rows;
  }

  private static List<String> onHeap() throws Exception {
    return database.as("postgres", ROWS.formatted("t")).stream().map(List::toString).toList();
  }

  @Test
  void allEndpointsTogetherHaveEachRowOnce() throws Exception {
    try (FlightSqlClient client = client("client")) {
      FlightInfo info = client.execute(ROWS.formatted("columnar.t"));
      assertThat(info.getEndpoints()).hasSizeBetween(3, 8);
      List<String> before = onHeap();
      List<String> rows = new ArrayList<>(read(client, info.getEndpoints().get(0)));
      assertThat(rows).isNotEmpty();
      // The others are of the same snapshot, whatever happens meanwhile.
      database.execute(
          "UPDATE t SET s = 'later' WHERE id % 19 = 0", "DELETE FROM t WHERE id = 101");
      MirroredDatabase.one(database.cluster(), "SELECT datrang.vacuum('t')");
      for (FlightEndpoint endpoint : info.getEndpoints().subList(1, info.getEndpoints().size())) {
        rows.addAll(read(client, endpoint));
      }
      assertThat(rows).containsExactlyInAnyOrderElementsOf(before);
      assertThatThrownBy(() -> read(client, info.getEndpoints().get(0)))
          .hasMessageContaining("snapshot");
    }
  }

  @Test
  void rowsThatAreNotInFilesYetHaveEndpointsToo() throws Exception {
    database.execute("CREATE TABLE fresh (id int8 PRIMARY KEY)", "GRANT SELECT ON fresh TO client");
    database.mirror("fresh");
    database.execute("INSERT INTO fresh SELECT generate_series(1, 20000)");
    try (FlightSqlClient client = client("client")) {
      List<String> rows = new ArrayList<>();
      for (FlightEndpoint endpoint :
          client.execute("SELECT id FROM columnar.fresh").getEndpoints()) {
        rows.addAll(read(client, endpoint));
      }
      assertThat(rows).hasSize(20000).doesNotHaveDuplicates();
    }
  }

  @Test
  void theJdbcDriverReadsThemAll() throws Exception {
    String lsn = MirroredDatabase.one(database.cluster(), "SELECT pg_current_wal_flush_lsn()");
    try (Connection connection = database.flightSql("client", "correct", "datrang-min-lsn", lsn)) {
      assertThat(MirroredDatabase.rows(connection, ROWS.formatted("columnar.t")))
          .map(List::toString)
          .containsExactlyInAnyOrderElementsOf(onHeap());
    }
  }

  @Test
  void whatIsNotTheSumOfItsPartsHasOneEndpoint() throws Exception {
    try (FlightSqlClient client = client("client")) {
      for (String sql :
          List.of(
              "SELECT count(*) FROM columnar.t",
              "SELECT DISTINCT n FROM columnar.t",
              "SELECT n FROM columnar.t GROUP BY n",
              "SELECT id FROM columnar.t ORDER BY id",
              "SELECT id FROM columnar.t LIMIT 10000",
              "SELECT id, row_number() OVER () FROM columnar.t",
              "SELECT a.id FROM columnar.t a, columnar.t b WHERE a.id = b.id",
              "SELECT id FROM columnar.t WHERE n > (SELECT avg(n) FROM columnar.t)",
              "WITH w AS (SELECT id FROM columnar.t) SELECT id FROM w",
              "SELECT id FROM columnar.t UNION ALL SELECT id FROM columnar.t",
              "SELECT id FROM columnar.t TABLESAMPLE 10 PERCENT",
              "SELECT id, random() FROM columnar.t",
              "SELECT n FROM columnar.t HAVING n > 1 OR true",
              "SELECT id FROM columnar.t QUALIFY row_number() OVER (ORDER BY id) < 9000")) {
        try {
          assertThat(client.execute(sql).getEndpoints()).as(sql).hasSize(1);
        } catch (org.apache.arrow.flight.FlightRuntimeException e) {
          assertThat(e.getMessage()).as(sql).isNotBlank(); // refused altogether
        }
      }
    }
  }

  @Test
  void anothersPartsAreNotRead() throws Exception {
    try (FlightSqlClient client = client("client");
        FlightSqlClient other = client("other")) {
      FlightInfo info = client.execute(ROWS.formatted("columnar.t"));
      assertThatThrownBy(() -> read(other, info.getEndpoints().get(0)))
          .hasMessageContaining("snapshot");
    }
  }
}
