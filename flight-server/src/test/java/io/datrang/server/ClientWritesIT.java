package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.datrang.server.testing.SqlClients;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.Savepoint;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndSavepointRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndSavepointRequest.EndSavepoint;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** Writes of Flight SQL clients: into native tables, as the role, by PostgreSQL's rules. */
class ClientWritesIT extends ClientWriters {
  // ---- statements ----

  @Test
  void whatASessionHasWrittenItReads() throws SQLException {
    try (Connection jdbc = database.flightSql("writer", "correct");
        var statement = jdbc.createStatement()) {
      for (int i = 1; i <= 20; i++) {
        String insert = "INSERT INTO notes (id, v) VALUES (" + i + ", 'a;b')";
        assertThat(statement.executeUpdate(insert)).isEqualTo(1);
        assertThat(read(jdbc, "SELECT count(*) FROM notes")).isEqualTo("[[" + i + "]]");
      }
      assertThat(statement.executeUpdate("UPDATE notes SET v = 'c' WHERE id <= 5")).isEqualTo(5);
      assertThat(
              statement.executeUpdate(
                  "WITH old AS (SELECT id FROM notes WHERE id > 18)"
                      + " DELETE FROM notes USING old WHERE notes.id = old.id;"))
          .isEqualTo(2);
      assertThat(read(jdbc, "SELECT v, count(*) FROM notes GROUP BY v ORDER BY v"))
          .isEqualTo("[[a;b, 13], [c, 5]]");
    }
    assertThat(inPostgres("SELECT count(*) FROM notes")).isEqualTo("[[18]]");
  }

  @Test
  void aBatchOfParametersIsOneTransaction() throws SQLException {
    String sql = "INSERT INTO notes (id, v, n, at) VALUES (?, ?, ?, ?)";
    try (Connection jdbc = database.flightSql("writer", "correct");
        PreparedStatement insert = jdbc.prepareStatement(sql)) {
      assertThat(insert.getParameterMetaData().getParameterCount()).isEqualTo(4);
      for (long id = 1; id <= 2_500; id++) {
        insert.setLong(1, id);
        insert.setString(2, "tab\tquote'\\" + id);
        insert.setString(3, new BigDecimal(id).movePointLeft(2).toPlainString());
        insert.setTimestamp(4, Timestamp.from(Instant.ofEpochSecond(id)));
        insert.addBatch();
      }
      insert.executeBatch();
      assertThat(read(jdbc, "SELECT count(*), sum(n), max(v) FROM notes WHERE id = 7 OR id > 2499"))
          .isEqualTo("[[2, 25.07, tab\tquote'\\7]]");
      insert.setLong(1, 1);
      insert.setString(2, null);
      insert.setString(3, "123456789012.5");
      insert.setTimestamp(4, null);
      insert.addBatch();
      assertThatThrownBy(insert::executeBatch).hasStackTraceContaining("numeric field overflow");
      assertThat(read(jdbc, "SELECT count(*) FROM notes")).isEqualTo("[[2500]]");
    }
  }

  @Test
  void heapTablesAreWrittenTooAndPostgresSaysWhatIsWrong() {
    assertThat(client.executeUpdate("INSERT INTO heap VALUES (1, 'x')")).isEqualTo(1);
    fails(
        () -> client.executeUpdate("INSERT INTO heap VALUES (1, 'y')"),
        FlightStatusCode.INVALID_ARGUMENT,
        "duplicate key value");
    fails(
        () -> client.executeUpdate("INSERT INTO heap VALUES (2, 'y') RETURNING id"),
        FlightStatusCode.UNIMPLEMENTED,
        "RETURNING");
    fails(
        () -> client.executeUpdate("DELETE FROM heap WHERE id = $1"),
        FlightStatusCode.INVALID_ARGUMENT,
        "no values were given");
    assertThat(inPostgres("SELECT id, v FROM heap")).isEqualTo("[[1, x]]");
  }

  // ---- ingestion ----

  @Test
  void rowsAreIngestedExactlyAndTablesMadeForThem() {
    try (VectorSchemaRoot rows = rows(5_000)) {
      assertThat(client.executeIngest(rows, options("made", true, Existing.FAIL))).isEqualTo(5_000);
      rows.setRowCount(5_000);
      assertThat(client.executeIngest(rows, options("made", false, Existing.APPEND)))
          .isEqualTo(5_000);
      fails(
          () -> client.executeIngest(rows, options("made", true, Existing.FAIL)),
          FlightStatusCode.INVALID_ARGUMENT,
          "already exists");
      fails(
          () -> client.executeIngest(rows, options("missing", false, Existing.APPEND)),
          FlightStatusCode.INVALID_ARGUMENT,
          "does not exist");
    }
    assertThat(
            inPostgres(
                "SELECT count(*), count(v), sum(n), min(at)::text, min(v) FROM public.made"
                    + " WHERE id <= 10"))
        .isEqualTo("[[20, 18, 110.00, 1970-01-01 00:00:01, 1 line\n\t\\N\\]]");
    try (VectorSchemaRoot rows = rows(3)) {
      assertThat(client.executeIngest(rows, options("made", true, Existing.REPLACE))).isEqualTo(3);
    }
    assertThat(inPostgres("SELECT count(*) FROM public.made")).isEqualTo("[[3]]");
    database.execute("DROP FOREIGN TABLE public.made");
  }

  @Test
  void aValueThatPostgresCannotKeepStoresNothing() {
    try (VectorSchemaRoot rows = rows(3_000)) {
      ((TimeStampNanoVector) rows.getVector("at")).set(2_999, 1);
      fails(
          () -> client.executeIngest(rows, options("notes", false, Existing.APPEND)),
          FlightStatusCode.INVALID_ARGUMENT,
          "nanoseconds");
    }
    assertThat(inPostgres("SELECT count(*) FROM notes")).isEqualTo("[[0]]");
  }

  // ---- transactions ----

  @Test
  void aTransactionIsVisibleAfterItsCommitAndNotBefore() throws Exception {
    Transaction transaction = client.beginTransaction();
    assertThat(count(client, transaction)).isEqualTo(0);
    assertThat(client.executeUpdate("INSERT INTO notes (id) VALUES (1)", transaction)).isEqualTo(1);
    try (VectorSchemaRoot rows = rows(10)) {
      client.executeIngest(rows, options("notes", false, Existing.APPEND), transaction);
    }
    assertThat(client.executeUpdate("DELETE FROM notes WHERE id = 1", transaction)).isEqualTo(2);
    assertThat(inPostgres("SELECT count(*) FROM notes")).isEqualTo("[[0]]");
    fails(() -> count(client, transaction), FlightStatusCode.UNIMPLEMENTED, "cannot be queried");
    client.commit(transaction);
    assertThat(count(client, null)).isEqualTo(9);
    fails(
        () -> client.executeUpdate("DELETE FROM notes", transaction),
        FlightStatusCode.INVALID_ARGUMENT,
        "no such transaction");
  }

  @Test
  void savepointsAndRollback() throws Exception {
    Transaction transaction = client.beginTransaction();
    client.executeUpdate("INSERT INTO notes (id) VALUES (1)", transaction);
    Savepoint savepoint = client.beginSavepoint(transaction, "Before \"it\"");
    client.executeUpdate("INSERT INTO notes (id) VALUES (2)", transaction);
    fails(
        () -> client.executeUpdate("INSERT INTO notes (id) VALUES ('x')", transaction),
        FlightStatusCode.INVALID_ARGUMENT,
        "invalid input syntax");
    fails(
        () -> client.executeUpdate("INSERT INTO notes (id) VALUES (3)", transaction),
        FlightStatusCode.INVALID_ARGUMENT,
        "current transaction is aborted");
    rollBackTo(savepoint);
    client.executeUpdate("INSERT INTO notes (id) VALUES (4)", transaction);
    client.release(client.beginSavepoint(transaction, "s2"));
    client.commit(transaction);
    assertThat(inPostgres("SELECT id FROM notes ORDER BY id")).isEqualTo("[[1], [4]]");
    Transaction undone = client.beginTransaction();
    client.executeUpdate("DELETE FROM notes", undone);
    client.rollback(undone);
    assertThat(inPostgres("SELECT count(*) FROM notes")).isEqualTo("[[2]]");
  }

  /** Arrow's own client sends a release where it is asked to go back. */
  private void rollBackTo(Savepoint savepoint) throws InterruptedException {
    byte[] request =
        Any.pack(
                ActionEndSavepointRequest.newBuilder()
                    .setSavepointId(ByteString.copyFrom(savepoint.getSavepointId()))
                    .setAction(EndSavepoint.END_SAVEPOINT_ROLLBACK)
                    .build())
            .toByteArray();
    try (FlightClient raw = SqlClients.client(MEMORY, database.flightPort(), "Bearer " + token)) {
      raw.doAction(new Action("EndSavepoint", request)).forEachRemaining(r -> {});
    }
  }

  @Test
  void aSessionThatEndsRollsItsTransactionBack() throws Exception {
    try (FlightSqlClient leaving = logIn("writer")) {
      Transaction transaction = leaving.beginTransaction();
      leaving.executeUpdate("INSERT INTO notes (id) VALUES (1)", transaction);
      leaving.closeSession(new CloseSessionRequest());
    }
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(60))
        .until(
            () ->
                inPostgres(
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE"
                            + " 'datrang client%'")
                    .equals("[[0]]"));
    assertThat(inPostgres("SELECT count(*) FROM notes")).isEqualTo("[[0]]");
  }
}
