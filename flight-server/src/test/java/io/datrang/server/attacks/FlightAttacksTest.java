package io.datrang.server.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.datrang.server.access.TableAccess;
import io.datrang.server.flight.ClientLimits;
import io.datrang.server.flight.Secret;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.ShimPeer;
import io.datrang.server.testing.SqlClients;
import io.datrang.server.testing.TestRoles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.SessionOptionValueFactory;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.SetSessionOptionsResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who reaches the Flight port may try. See SECURITY.md for the list. */
class FlightAttacksTest {
  private static final String SECRET = "the-shared-secret";
  private static final String ENDLESS = "SELECT * FROM range(100000000000)";
  private static final BufferAllocator MEMORY = new RootAllocator();
  private static MemoryStorage storage;
  private static TestRoles roles;
  private static ShimPeer peer;
  private static FlightSqlClient me;
  private static FlightSqlClient other;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    storage = SampleTables.storage(10_000);
    roles = new TestRoles(storage);
    roles.restrict("other", Map.of(2L, TableAccess.to(Set.of("id"))));
    peer =
        new ShimPeer(
            storage,
            directory.resolve("s"),
            new Secret(SECRET),
            roles,
            new ClientLimits(Duration.ZERO, Duration.ofSeconds(2)));
    me = SqlClients.loggedIn(MEMORY, peer.port(), "me");
    other = SqlClients.loggedIn(MEMORY, peer.port(), "other");
  }

  @AfterAll
  static void stop() throws Exception {
    me.close();
    other.close();
    await().atMost(Duration.ofSeconds(60)).until(() -> storage.pinnedSnapshots() == 0);
    peer.close();
    MEMORY.close();
  }

  // ---- getting in ----

  @Test
  void nothingIsAnsweredWithoutCredentials() throws Exception {
    for (String header :
        new String[] {
          null,
          "",
          "Bearer",
          "Bearer ",
          "Bearer null",
          "Basic",
          "Basic !!!",
          basic("me"),
          basic(":"),
          basic("me:"),
          basic(":" + TestRoles.PASSWORD),
          basic("me:" + "x".repeat(5000)),
          basic("m\0e:" + TestRoles.PASSWORD),
          "Digest x",
          SECRET,
          "Bearer " + SECRET + "x",
          "Bearer " + SECRET.substring(1),
          "Bearer shim",
          "Bearer s1",
          "Negotiate " + "A".repeat(2000)
        }) {
      everyCallIsRefused(header);
    }
  }

  @Test
  void aTokenIsWorthNothingInPartsOrInOtherLetters() throws Exception {
    String token = SqlClients.token(MEMORY, peer.port(), "me");
    for (String wrong :
        List.of(
            token.substring(1),
            token.substring(0, 42),
            token + "A",
            new StringBuilder(token).reverse().toString(),
            UUID.randomUUID().toString())) {
      everyCallIsRefused("Bearer " + wrong);
    }
  }

  @Test
  void aCookieIsWorthWhatItsTokenIs() throws Exception {
    String token = SqlClients.token(MEMORY, peer.port(), "me");
    for (String wrong :
        List.of("", token.substring(1), token + "A", SECRET, "\"\"", "; datrang_session=")) {
      String cookie = "a=b; datrang_session=" + wrong;
      try (FlightClient client = SqlClients.client(MEMORY, peer.port(), null, "cookie", cookie)) {
        assertThatThrownBy(() -> client.listActions().forEach(a -> {}))
            .as(cookie)
            .hasMessageContaining("authentication failed");
      }
    }
    try (FlightSqlClient client =
        new FlightSqlClient(
            SqlClients.client(
                MEMORY, peer.port(), null, "cookie", "a=b; datrang_session=" + token))) {
      assertThat(count(client, "SELECT 1")).isEqualTo(1);
      client.closeSession(new CloseSessionRequest());
      refused(() -> client.execute("SELECT 1"), FlightStatusCode.UNAUTHENTICATED);
    }
  }

  @Test
  void aTokenReplayedAfterTheLogoutOpensNothing() throws Exception {
    String token = SqlClients.token(MEMORY, peer.port(), "me");
    try (FlightSqlClient client = SqlClients.with(MEMORY, peer.port(), "Bearer " + token)) {
      assertThat(count(client, "SELECT 1")).isEqualTo(1);
      client.closeSession(new CloseSessionRequest());
    }
    everyCallIsRefused("Bearer " + token);
  }

  @Test
  void guessingPasswordsIsSlowedDownWhateverAddressTheClientClaims() throws Exception {
    List<String> messages = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      assertThatThrownBy(() -> SqlClients.token(MEMORY, peer.port(), "victim", "guess"))
          .satisfies(e -> messages.add(e.getMessage()));
    }
    assertThat(messages.get(0)).contains("password authentication failed");
    assertThat(messages.get(7)).contains("too many failed logins");
    try (FlightClient forger =
        SqlClients.client(
            MEMORY, peer.port(), basic("victim:guess"), "x-datrang-peer", "9.9.9.9")) {
      assertThatThrownBy(() -> forger.listActions().forEach(a -> {}))
          .hasMessageContaining("too many failed logins");
    }
    assertThat(SqlClients.token(MEMORY, peer.port(), "me")).isNotEmpty();
  }

  // ---- being somebody else ----

  @Test
  void aRoleCannotSpeakAsTheForeignDataWrapper() {
    for (String request :
        List.of(
            "(datrang 1 (status))",
            "(datrang 1 (activity))",
            "(datrang 1 (cancel \"q1\"))",
            "(datrang 1 (wait \"0/0\" 1))",
            "(datrang 1 (hello (shim \"0\") (server 1) (database \"x\")))",
            "(datrang 1 (query (eventual) (select (output (col 1 \"id\")) (from (table 2 1)))))",
            "(datrang 1 (estimate (select (output) (from (table 2 1)))))")) {
      refused(
          () -> drain(other, new Ticket(request.getBytes(StandardCharsets.UTF_8))),
          FlightStatusCode.UNAUTHORIZED);
    }
  }

  @Test
  void theSecretIsNoLoginForSql() {
    try (FlightSqlClient shim = SqlClients.with(MEMORY, peer.port(), "Bearer " + SECRET)) {
      refused(() -> shim.execute("SELECT 1"), FlightStatusCode.UNAUTHORIZED);
      refused(() -> shim.prepare("SELECT 1"), FlightStatusCode.UNAUTHORIZED);
      refused(() -> drain(shim, shim.getTables(null, null, null, null, false)), null);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anothersPreparedStatementCannotBeRunBoundOrClosed() throws Exception {
    try (PreparedStatement mine = me.prepare("SELECT n FROM many LIMIT 1")) {
      FlightInfo info = mine.execute();
      Ticket ticket = info.getEndpoints().get(0).getTicket();
      refused(() -> drain(other, ticket), FlightStatusCode.INVALID_ARGUMENT);
      ByteString handle =
          Any.parseFrom(ticket.getBytes())
              .unpack(CommandPreparedStatementQuery.class)
              .getPreparedStatementHandle();
      try (FlightClient raw = raw("other")) {
        byte[] command = command(handle);
        refused(
            () -> raw.getInfo(FlightDescriptor.command(command)),
            FlightStatusCode.INVALID_ARGUMENT);
        refused(
            () -> raw.getSchema(FlightDescriptor.command(command)),
            FlightStatusCode.INVALID_ARGUMENT);
      }
      assertThat(drain(me, ticket)).isEqualTo(1);
    }
  }

  @Test
  void handlesCannotBeGuessed() throws Exception {
    try (FlightClient raw = raw("me")) {
      for (String handle : List.of("", "1", "0", "*", UUID.randomUUID().toString(), "\0")) {
        byte[] command = command(ByteString.copyFromUtf8(handle));
        refused(
            () -> raw.getInfo(FlightDescriptor.command(command)),
            FlightStatusCode.INVALID_ARGUMENT);
      }
    }
  }

  @Test
  void anothersTicketRunsWithOnesOwnRights() throws Exception {
    FlightInfo mine = me.execute("SELECT n FROM many LIMIT 1");
    assertThat(drain(me, mine)).isEqualTo(1);
    refused(() -> drain(other, mine), null);
    FlightInfo kinds = me.execute("SELECT 1 FROM kinds");
    refused(() -> drain(other, kinds), FlightStatusCode.UNAUTHORIZED);
  }

  @Test
  void anothersQueryCannotBeCancelled() throws Exception {
    FlightInfo info = me.execute(ENDLESS);
    try (FlightStream running = me.getStream(info.getEndpoints().get(0).getTicket())) {
      assertThat(running.next()).isTrue();
      assertThat(other.cancelFlightInfo(new CancelFlightInfoRequest(info)).getStatus())
          .isEqualTo(CancelStatus.NOT_CANCELLABLE);
      assertThat(running.next()).isTrue();
      assertThat(me.cancelFlightInfo(new CancelFlightInfoRequest(info)).getStatus())
          .isEqualTo(CancelStatus.CANCELLED);
      refused(
          () -> {
            while (running.next()) {
              running.getRoot();
            }
          },
          FlightStatusCode.CANCELLED);
    }
  }

  @Test
  void sessionOptionsAreAShortListWithShortValues() {
    var result =
        me.setSessionOptions(
            new SetSessionOptionsRequest(
                Map.of(
                    "role", SessionOptionValueFactory.makeSessionOptionValue("root"),
                    "user", SessionOptionValueFactory.makeSessionOptionValue("root"),
                    "threads", SessionOptionValueFactory.makeSessionOptionValue(1),
                    "catalog", SessionOptionValueFactory.makeSessionOptionValue("system"),
                    "statement_timeout", SessionOptionValueFactory.makeSessionOptionValue("1 year"),
                    "datrang.min_lsn", SessionOptionValueFactory.makeSessionOptionValue("x"),
                    "schema", SessionOptionValueFactory.makeSessionOptionValue("x".repeat(1000)))));
    assertThat(result.getErrors()).hasSize(7);
    assertThat(result.getErrors().get("user").value)
        .isEqualTo(SetSessionOptionsResult.ErrorValue.INVALID_NAME);
  }

  // ---- too much ----

  @Test
  void oversizeAndOverdeepStatementsAreErrors() {
    for (String sql :
        List.of(
            "SELECT '" + "x".repeat(2 << 20) + "'",
            "SELECT " + "(".repeat(20_000) + "1" + ")".repeat(20_000),
            "SELECT " + "-".repeat(1) + "(-".repeat(5_000) + "1" + ")".repeat(5_000),
            "SELECT * FROM ".repeat(3_000),
            "SELECT [" + "[".repeat(10_000) + "]".repeat(10_000) + "]")) {
      refused(() -> me.execute(sql), null);
    }
    assertThatThrownBy(() -> me.execute("x".repeat(70 << 20)))
        .isInstanceOf(FlightRuntimeException.class);
    stillServes();
  }

  @Test
  void aRoleHasItsOwnShareOfQueriesOnly() throws Exception {
    roles.limit("greedy", 3);
    FlightSqlClient greedy = SqlClients.loggedIn(MEMORY, peer.port(), "greedy");
    FlightInfo info = greedy.execute(ENDLESS);
    List<FlightStream> streams = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        FlightStream stream = greedy.getStream(info.getEndpoints().get(0).getTicket());
        streams.add(stream);
        assertThat(stream.next()).isTrue();
      }
      refused(() -> drain(greedy, info), FlightStatusCode.RESOURCE_EXHAUSTED);
      stillServes();
    } finally {
      for (FlightStream stream : streams) {
        stream.cancel("enough", null);
        stream.close();
      }
      greedy.close();
    }
  }

  @Test
  void aClientThatDoesNotReadIsLetGo() throws Exception {
    FlightInfo info = me.execute(ENDLESS);
    try (FlightStream stream = me.getStream(info.getEndpoints().get(0).getTicket())) {
      assertThat(stream.next()).isTrue();
      await().atMost(Duration.ofSeconds(60)).until(() -> storage.pinnedSnapshots() == 0);
      assertThatThrownBy(
              () -> {
                while (stream.next()) {
                  stream.getRoot();
                }
              })
          .hasMessageContaining("has not read for 2 s");
    }
  }

  @Test
  void aStatementEndsAtTheTimeTheClientHasSet() throws Exception {
    FlightSqlClient timed = SqlClients.loggedIn(MEMORY, peer.port(), "timed");
    try (timed) {
      timed.setSessionOptions(
          new SetSessionOptionsRequest(
              Map.of(
                  "statement_timeout", SessionOptionValueFactory.makeSessionOptionValue("100ms"))));
      FlightInfo info =
          timed.execute(
              "SELECT count(*) FROM range(10000000) a, range(10000000) b"
                  + " WHERE (a.range * b.range) % 7 = 3");
      assertThatThrownBy(() -> drain(timed, info)).hasMessageContaining("statement timeout");
    }
  }

  // ---- other doors ----

  @Test
  void callsThatAreNotServedSaySo() throws Exception {
    try (FlightClient raw = raw("me")) {
      refused(() -> raw.listFlights(Criteria.ALL).forEach(f -> {}), null);
      refused(() -> raw.getInfo(FlightDescriptor.path("etc", "passwd")), null);
      for (String action :
          List.of("", "CreatePreparedSubstraitPlan", "BeginTransaction", "EndTransaction", "rm")) {
        refused(
            () -> raw.doAction(new Action(action, new byte[] {1, 2})).forEachRemaining(r -> {}),
            null);
      }
      refused(
          () -> {
            FlightClient.ClientStreamListener put =
                raw.startPut(
                    FlightDescriptor.command(new byte[] {9, 9, 9}),
                    VectorSchemaRoot.create(new Schema(List.of()), MEMORY),
                    new org.apache.arrow.flight.SyncPutListener());
            put.completed();
            put.getResult();
          },
          null);
    }
    refused(() -> me.executeUpdate("DELETE FROM many"), null);
    refused(() -> me.executeSubstrait(new FlightSqlClient.SubstraitPlan(new byte[9], "1")), null);
    stillServes();
  }

  private static void everyCallIsRefused(String authorization) throws Exception {
    try (FlightSqlClient client = SqlClients.with(MEMORY, peer.port(), authorization);
        FlightClient raw = SqlClients.client(MEMORY, peer.port(), authorization)) {
      List<Call> calls =
          List.of(
              () -> client.execute("SELECT 1"),
              () -> client.prepare("SELECT 1"),
              () -> client.getExecuteSchema("SELECT 1"),
              () -> drain(client, client.getCatalogs()),
              () ->
                  drain(
                      client, new Ticket("(datrang 1 (status))".getBytes(StandardCharsets.UTF_8))),
              () -> raw.listActions().forEach(a -> {}),
              () -> raw.listFlights(Criteria.ALL).forEach(f -> {}));
      for (Call call : calls) {
        assertThatThrownBy(call::make)
            .as(authorization)
            .isInstanceOfSatisfying(
                FlightRuntimeException.class,
                e -> {
                  assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAUTHENTICATED);
                  assertThat(e.getMessage()).doesNotContain(SECRET);
                });
      }
    }
  }

  private interface Call {
    void make() throws Exception;
  }

  /**
   * @param code null for any
   */
  private static void refused(Call call, FlightStatusCode code) {
    assertThatThrownBy(call::make)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> {
              if (code != null) {
                assertThat(e.status().code()).isEqualTo(code);
              }
            });
  }

  private static void stillServes() {
    try {
      assertThat(count(me, "SELECT id FROM many WHERE id < 7")).isEqualTo(7);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static FlightClient raw(String user) throws InterruptedException {
    String token = SqlClients.token(MEMORY, peer.port(), user);
    return SqlClients.client(MEMORY, peer.port(), "Bearer " + token);
  }

  private static byte[] command(ByteString handle) {
    return Any.pack(
            CommandPreparedStatementQuery.newBuilder().setPreparedStatementHandle(handle).build())
        .toByteArray();
  }

  private static String basic(String credentials) {
    return "Basic "
        + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }

  private static long count(FlightSqlClient client, String sql) throws Exception {
    return drain(client, client.execute(sql));
  }

  private static long drain(FlightSqlClient client, FlightInfo info) throws Exception {
    return drain(client, info.getEndpoints().get(0).getTicket());
  }

  private static long drain(FlightSqlClient client, Ticket ticket) throws Exception {
    long rows = 0;
    try (FlightStream stream = client.getStream(ticket)) {
      while (stream.next()) {
        rows += stream.getRoot().getRowCount();
      }
    }
    return rows;
  }
}
