package io.datrang.server.flightsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.ShimPeer;
import io.datrang.server.testing.SqlClients;
import io.datrang.server.testing.TestRoles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.auth2.BasicAuthCredentialWriter;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.grpc.CredentialCallOption;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JDBC driver hides: the calls of Flight SQL themselves. */
class FlightSqlClientTest {
  private static final BufferAllocator MEMORY = new RootAllocator();
  private static MemoryStorage storage;
  private static ShimPeer peer;
  private static FlightSqlClient client;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    storage = SampleTables.storage(50_000);
    peer = new ShimPeer(storage, directory.resolve("s"), null);
    client = SqlClients.loggedIn(MEMORY, peer.port(), "me");
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    MEMORY.close();
    await().until(() -> storage.pinnedSnapshots() == 0);
    peer.close();
  }

  @Test
  void schemaOfTheInfoIsTheSchemaOfTheStream() throws Exception {
    FlightInfo info =
        client.execute("SELECT *, id AS id, sum(n) OVER () AS s, [id] AS l, uuid() FROM many");
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      assertThat(stream.getSchema()).isEqualTo(info.getSchema());
      assertThat(client.getExecuteSchema("SELECT id FROM many").getSchema().getFields()).hasSize(1);
    }
  }

  @Test
  void preparedStatementSaysWhatGoesInAndOut() {
    try (PreparedStatement statement =
        client.prepare("SELECT id, ? AS x FROM many WHERE id = ? AND n < ?")) {
      assertThat(types(statement.getResultSetSchema())).startsWith("Int(64, true)");
      assertThat(types(statement.getParameterSchema()))
          .containsExactly("Utf8", "Int(64, true)", "Decimal(15, 2, 128)");
    }
  }

  @Test
  void boundParametersReachTheQuery() throws Exception {
    try (PreparedStatement statement = client.prepare("SELECT id + 1 FROM many WHERE id = ?");
        VectorSchemaRoot parameters =
            VectorSchemaRoot.create(statement.getParameterSchema(), MEMORY)) {
      ((BigIntVector) parameters.getVector(0)).setSafe(0, 41);
      parameters.setRowCount(1);
      statement.setParameters(parameters);
      assertThat(rows(statement.execute())).containsExactly(List.of(42L));
      statement.clearParameters();
    }
  }

  /**
   * As ADBC's Java driver: the login goes where a statement is prepared, and the cookie after that.
   */
  @Test
  void aLoginGoesOnByItsCookie() throws Exception {
    FlightClient withCookies =
        FlightClient.builder(MEMORY, Location.forGrpcInsecure("127.0.0.1", peer.port()))
            .intercept(new ClientCookieMiddleware.Factory())
            .build();
    try (FlightSqlClient cookies = new FlightSqlClient(withCookies);
        PreparedStatement statement =
            cookies.prepare(
                "SELECT id + 1 FROM many WHERE id = ?",
                new CredentialCallOption(new BasicAuthCredentialWriter("me", TestRoles.PASSWORD)));
        VectorSchemaRoot parameters =
            VectorSchemaRoot.create(statement.getParameterSchema(), MEMORY)) {
      ((BigIntVector) parameters.getVector(0)).setSafe(0, 41);
      parameters.setRowCount(1);
      statement.setParameters(parameters);
      FlightInfo info = statement.execute();
      try (FlightStream stream = cookies.getStream(info.getEndpoints().get(0).getTicket())) {
        assertThat(stream.next()).isTrue();
        assertThat(stream.getRoot().getVector(0).getObject(0)).isEqualTo(42L);
      }
      statement.clearParameters();
    }
  }

  @Test
  void unboundParametersAreAnError() {
    try (PreparedStatement statement = client.prepare("SELECT id FROM many WHERE id = ?")) {
      assertThatThrownBy(() -> rows(statement.execute()))
          .hasMessageContaining("the statement has 1 parameters, 0 were given");
    }
  }

  @Test
  void failureOfABoundStatementHasTheEnginesWords() throws Exception {
    try (PreparedStatement statement =
            client.prepare("SELECT CAST(t AS INT) FROM many WHERE id = ?");
        VectorSchemaRoot parameters =
            VectorSchemaRoot.create(statement.getParameterSchema(), MEMORY)) {
      ((BigIntVector) parameters.getVector(0)).setSafe(0, 41);
      parameters.setRowCount(1);
      statement.setParameters(parameters);
      assertThatThrownBy(() -> rows(statement.execute()))
          .hasMessageContaining("Could not convert string 'text number 41' to INT32");
      statement.clearParameters();
    }
  }

  @Test
  void closedStatementIsAnError() {
    PreparedStatement statement = client.prepare("SELECT 1");
    statement.close();
    assertThatThrownBy(() -> client.prepare("SELECT 1 FROM nowhere"))
        .hasMessageContaining("table \"nowhere\" does not exist");
  }

  @Test
  void updatesAreRefused() {
    assertThatThrownBy(() -> client.executeUpdate("DELETE FROM columnar.many"))
        .isInstanceOf(FlightRuntimeException.class);
    assertThatThrownBy(() -> client.execute("DELETE FROM columnar.many"))
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> {
              assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAUTHORIZED);
              assertThat(e.status().metadata().get("datrang-sqlstate")).isEqualTo("42501");
            })
        .hasMessageContaining("only SELECT statements are run here");
  }

  @Test
  void strangeTicketsAreErrors() {
    for (String ticket : List.of("", "x", "(datrang", "(datrang 1 (status)")) {
      assertThatThrownBy(
              () -> {
                try (FlightStream stream =
                    client.getStream(
                        new Ticket(ticket.getBytes(java.nio.charset.StandardCharsets.UTF_8)))) {
                  stream.next();
                }
              })
          .isInstanceOf(FlightRuntimeException.class);
    }
  }

  @Test
  void clientThatStopsReadingIsLetGo() throws Exception {
    FlightInfo info = client.execute("SELECT a.id FROM many a, many b");
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      assertThat(stream.next()).isTrue();
      stream.cancel("enough", null);
    }
    await().until(() -> storage.pinnedSnapshots() == 0);
  }

  @Test
  void typesAndServerInfo() throws Exception {
    assertThat(rows(client.getXdbcTypeInfo()).stream().map(r -> r.get(0).toString()))
        .contains("DECIMAL", "TIMESTAMPTZ");
    assertThat(rows(client.getXdbcTypeInfo(java.sql.Types.DECIMAL))).hasSize(1);
    assertThat(rows(client.getSqlInfo(SqlInfo.FLIGHT_SQL_SERVER_NAME)).get(0).get(1))
        .hasToString("Datrang");
  }

  @Test
  void thereAreNoForeignKeys() throws Exception {
    org.apache.arrow.flight.sql.util.TableRef many =
        org.apache.arrow.flight.sql.util.TableRef.of(null, "columnar", "many");
    assertThat(rows(client.getExportedKeys(many))).isEmpty();
    assertThat(rows(client.getImportedKeys(many))).isEmpty();
    assertThat(rows(client.getCrossReference(many, many))).isEmpty();
  }

  private static List<String> types(Schema schema) {
    return schema.getFields().stream().map(f -> f.getType().toString()).toList();
  }

  private static List<List<Object>> rows(FlightInfo info) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      while (stream.next()) {
        for (int i = 0; i < stream.getRoot().getRowCount(); i++) {
          List<Object> row = new ArrayList<>();
          for (FieldVector vector : stream.getRoot().getFieldVectors()) {
            row.add(vector.getObject(i));
          }
          rows.add(row);
        }
      }
    }
    return rows;
  }
}
