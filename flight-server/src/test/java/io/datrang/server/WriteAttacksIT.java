package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import io.datrang.server.testing.SqlClients;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.SessionOptionValueFactory;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What must not be possible by writes of Flight SQL clients. See SECURITY.md for the list. */
class WriteAttacksIT extends ClientWriters {
  @Test
  void nothingButWritesIsRun() {
    for (String sql :
        List.of(
            "DROP TABLE heap",
            "CREATE TABLE x (a int)",
            "COPY heap TO PROGRAM 'id'",
            "SET ROLE clerks",
            "SELECT 1",
            "DO $$ BEGIN END $$",
            "WITH x AS (DELETE FROM heap RETURNING *) SELECT * FROM x",
            "INSERT INTO heap VALUES (1, ''); DROP TABLE heap",
            "INSERT INTO heap VALUES (1, $a$;$a$); COMMIT",
            "INSERT INTO heap VALUES (1, 'x\\'); DROP TABLE heap; --')",
            "INSERT INTO heap VALUES (1, E'x\\''); DROP TABLE heap; --')",
            "INSERT INTO heap VALUES (1, /* ' */ 'x'); DROP TABLE heap /* ' */",
            "INSERT INTO heap VALUES (1, 'unclosed",
            "INSERT",
            "",
            "DELETE FROM heap WHERE id = $999999",
            "\0DELETE FROM heap")) {
      assertThatThrownBy(() -> client.executeUpdate(sql))
          .as(sql)
          .isInstanceOf(FlightRuntimeException.class);
    }
    assertThat(inPostgres("SELECT count(*) FROM heap")).isEqualTo("[[0]]");
  }

  @Test
  void aRoleWritesWhatPostgresLetsItWrite() throws Exception {
    try (FlightSqlClient reader = logIn("reader")) {
      for (String sql :
          List.of(
              "DELETE FROM notes",
              "INSERT INTO notes VALUES (1)",
              "UPDATE datrang.tables SET kind = 'mirror'",
              "INSERT INTO payroll VALUES (1)")) {
        fails(() -> reader.executeUpdate(sql), FlightStatusCode.UNAUTHORIZED, "permission denied");
      }
      try (VectorSchemaRoot rows = rows(1)) {
        fails(
            () -> reader.executeIngest(rows, options("notes", false, Existing.APPEND)),
            FlightStatusCode.UNAUTHORIZED,
            "permission denied");
        fails(
            () -> reader.executeIngest(rows, options("mine", true, Existing.FAIL)),
            FlightStatusCode.UNAUTHORIZED,
            "permission denied");
        fails(
            () -> reader.executeIngest(rows, options("notes", true, Existing.REPLACE)),
            FlightStatusCode.UNAUTHORIZED,
            "must be owner");
      }
    }
  }

  @Test
  void whoReachesTheServersFilesDoesNotWriteHere() throws Exception {
    try (FlightSqlClient root = logIn("root")) {
      fails(
          () -> root.executeUpdate("INSERT INTO heap SELECT 1, pg_read_file('/etc/passwd')"),
          FlightStatusCode.UNAUTHORIZED,
          "can reach the server's files");
    }
    fails(
        () -> client.executeUpdate("INSERT INTO heap SELECT 1, pg_read_file('/etc/passwd')"),
        FlightStatusCode.UNAUTHORIZED,
        "permission denied");
  }

  @Test
  void anothersTransactionCannotBeUsed() throws Exception {
    Transaction transaction = client.beginTransaction();
    client.executeUpdate("INSERT INTO notes (id) VALUES (1)", transaction);
    try (FlightSqlClient other = logIn("writer")) {
      for (Runnable use :
          List.<Runnable>of(
              () -> other.executeUpdate("DELETE FROM notes", transaction),
              () -> other.commit(transaction),
              () -> other.rollback(transaction),
              () -> other.beginSavepoint(transaction, "x"))) {
        fails(use, FlightStatusCode.INVALID_ARGUMENT, "no such transaction");
      }
    }
    client.commit(transaction);
    assertThat(inPostgres("SELECT count(*) FROM notes")).isEqualTo("[[1]]");
  }

  @Test
  void transactionsOfARoleAreLimited() {
    List<Transaction> open = new java.util.ArrayList<>();
    fails(
        () -> {
          while (open.size() < 100) {
            open.add(client.beginTransaction());
          }
        },
        FlightStatusCode.RESOURCE_EXHAUSTED,
        "transactions open");
    open.forEach(client::rollback);
  }

  @Test
  @Timeout(120)
  void anUploadThatStopsIsLetGo() throws Exception {
    String token = SqlClients.token(MEMORY, database.flightPort(), "writer", "correct");
    var command = CommandStatementIngest.newBuilder().setTable("notes").build();
    byte[] descriptor = Any.pack(command).toByteArray();
    try (VectorSchemaRoot rows = rows(1);
        FlightClient raw = SqlClients.client(MEMORY, database.flightPort(), "Bearer " + token)) {
      SyncPutListener answer = new SyncPutListener();
      var upload = raw.startPut(FlightDescriptor.command(descriptor), rows, answer);
      upload.putNext();
      assertThatThrownBy(upload::getResult).hasMessageContaining("sends nothing more");
    }
    assertThat(inPostgres("SELECT count(*) FROM notes")).isEqualTo("[[0]]");
  }

  // ---- the role that acts ----

  @Test
  void theRoleOfTheSessionCanBeSetToOneItIsMemberOf() throws Exception {
    database.execute("ALTER ROLE writer NOINHERIT");
    try {
      fails(
          () -> client.executeUpdate("INSERT INTO payroll VALUES (1)"),
          FlightStatusCode.UNAUTHORIZED,
          "permission denied");
      assertThat(set("role", "clerks")).isEmpty();
      assertThat(client.executeUpdate("INSERT INTO payroll VALUES (1)")).isEqualTo(1);
      fails(
          () -> client.executeUpdate("INSERT INTO notes (id) VALUES (1)"),
          FlightStatusCode.UNAUTHORIZED,
          "permission denied");
      fails(() -> count(client, null), FlightStatusCode.UNAUTHORIZED, "permission denied");
      for (String other : List.of("root", "postgres", "reader", "nosuchrole", "clerks\"; x")) {
        assertThat(set("role", other)).as(other).containsKey("role");
      }
      database.execute("REVOKE clerks FROM writer");
      assertThatThrownBy(() -> client.executeUpdate("INSERT INTO payroll VALUES (1)"))
          .hasMessageContaining("permission denied");
      assertThatThrownBy(() -> client.execute("SELECT * FROM public.payroll"))
          .hasMessageContaining("may not log in any more");
      assertThat(set("role", "")).isEmpty();
      assertThat(count(client, null)).isEqualTo(0);
    } finally {
      database.execute("GRANT clerks TO writer", "ALTER ROLE writer INHERIT", "TRUNCATE payroll");
    }
  }

  private Map<String, ?> set(String name, String value) {
    return client
        .setSessionOptions(
            new SetSessionOptionsRequest(
                Map.of(
                    name,
                    value.isEmpty()
                        ? SessionOptionValueFactory.makeEmptySessionOptionValue()
                        : SessionOptionValueFactory.makeSessionOptionValue(value))))
        .getErrors();
  }
}
