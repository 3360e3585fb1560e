package io.datrang.server.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.datrang.server.flight.Secret;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.ShimPeer;
import io.datrang.server.testing.SocketClient;
import io.datrang.server.testing.SqlClients;
import io.datrang.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random bytes, and valid messages with random damage, at every door: each is an answer or an
 * error, and afterwards everything is served as before. Replay with {@code -Ddatrang.seed}.
 */
class FlightFuzzTest {
  private static final long SEED = Seeds.first();
  private static final int ROUNDS = Integer.getInteger("datrang.rounds", 400);
  private static final BufferAllocator MEMORY = new RootAllocator();
  private static MemoryStorage storage;
  private static ShimPeer peer;
  private static FlightClient raw;
  private static FlightSqlClient sql;
  private static Path socket;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    System.out.println("FlightFuzzTest -Ddatrang.seed=" + SEED);
    storage = SampleTables.storage(1_000);
    socket = directory.resolve("s");
    peer = new ShimPeer(storage, socket, new Secret("s3cret"));
    String token = "Bearer " + SqlClients.token(MEMORY, peer.port(), "me");
    raw = SqlClients.client(MEMORY, peer.port(), token);
    sql = SqlClients.with(MEMORY, peer.port(), token);
  }

  @AfterAll
  static void stop() throws Exception {
    raw.close();
    sql.close();
    await().atMost(Duration.ofSeconds(60)).until(() -> storage.pinnedSnapshots() == 0);
    // Fails when a damaged request leaked Arrow memory.
    peer.close();
    MEMORY.close();
  }

  @Test
  void damagedTicketsDescriptorsAndActions() throws Exception {
    Random random = new Random(SEED);
    List<byte[]> valid =
        List.of(
            sql.execute("SELECT id FROM many").getEndpoints().get(0).getTicket().getBytes(),
            sql.prepare("SELECT id FROM many WHERE id = 3")
                .execute()
                .getEndpoints()
                .get(0)
                .getTicket()
                .getBytes(),
            sql.getTables(null, "%", "%", null, true).getEndpoints().get(0).getTicket().getBytes(),
            sql.getPrimaryKeys(org.apache.arrow.flight.sql.util.TableRef.of(null, null, "many"))
                .getEndpoints()
                .get(0)
                .getTicket()
                .getBytes(),
            sql.getSqlInfo().getEndpoints().get(0).getTicket().getBytes(),
            sql.getXdbcTypeInfo().getEndpoints().get(0).getTicket().getBytes());
    String[] actions = {
      "CreatePreparedStatement",
      "ClosePreparedStatement",
      "CancelFlightInfo",
      "CancelQuery",
      "SetSessionOptions",
      "GetSessionOptions",
      "RenewFlightEndpoint",
      "BeginTransaction",
      "EndTransaction",
      "BeginSavepoint",
      "EndSavepoint"
    };
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = damaged(valid.get(random.nextInt(valid.size())), random);
      endsInOrder(() -> drain(raw.getStream(new Ticket(bytes))));
      endsInOrder(() -> raw.getInfo(FlightDescriptor.command(bytes)));
      endsInOrder(() -> raw.getSchema(FlightDescriptor.command(bytes)));
      endsInOrder(
          () ->
              raw.doAction(new Action(actions[random.nextInt(actions.length)], bytes))
                  .forEachRemaining(r -> {}));
    }
    stillServes();
  }

  @Test
  void damagedUploads() throws Exception {
    Random random = new Random(SEED + 3);
    List<Message> valid =
        List.of(
            CommandStatementUpdate.newBuilder().setQuery("DELETE FROM many WHERE id = 3").build(),
            CommandStatementIngest.newBuilder().setTable("many").setSchema("columnar").build(),
            CommandPreparedStatementUpdate.newBuilder()
                .setPreparedStatementHandle(ByteString.copyFromUtf8("x"))
                .build());
    for (int i = 0; i < ROUNDS; i++) {
      Message command = valid.get(random.nextInt(valid.size()));
      byte[] bytes = damaged(Any.pack(command).toByteArray(), random);
      endsInOrder(
          () -> {
            SyncPutListener answer = new SyncPutListener();
            try (VectorSchemaRoot rows = VectorSchemaRoot.create(new Schema(List.of()), MEMORY)) {
              var upload = raw.startPut(FlightDescriptor.command(bytes), rows, answer);
              upload.completed();
              upload.getResult();
            } finally {
              answer.close();
            }
          });
    }
    stillServes();
  }

  @Test
  void damagedStatements() throws Exception {
    Random random = new Random(SEED + 1);
    List<String> statements =
        List.of(
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r",
            "SELECT k.t, count(*) FROM columnar.kinds k JOIN many m ON m.id % 2 = k.id GROUP BY k.t",
            "SELECT list_transform([1, 2], x -> x + 1), {'a': 1}, CAST('1' AS INT), ?, $1 FROM many",
            "SELECT sum(id) OVER (PARTITION BY t ORDER BY id ROWS 3 PRECEDING) FROM many LIMIT 5");
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes =
          damaged(
              statements.get(random.nextInt(statements.size())).getBytes(StandardCharsets.UTF_8),
              random);
      endsInOrder(() -> sql.execute(new String(bytes, StandardCharsets.UTF_8)));
    }
    stillServes();
  }

  @Test
  void damagedRequestsOfTheForeignDataWrapper() throws Exception {
    Random random = new Random(SEED + 2);
    List<String> bodies =
        List.of(
            "(query (eventual) (params (const \"int8\" \"5\")) (select (output (col 1 \"id\"))"
                + " (from (table 2 1)) (where (op \"=(int8,int8)\" - (col 1 \"id\") (param 1 \"int8\")))))",
            "(query (latest \"0/0\" 10) (select (output (agg"
                + " \"count()\" - (args))) (from (table 2 1)) (group)))",
            "(estimate (select (output (col 1 \"id\")) (from (table 2 1))))",
            "(cancel \"q1\")",
            "(activity)",
            "(wait \"0/1\" 5)");
    try (SocketClient client = new SocketClient(socket)) {
      for (int i = 0; i < ROUNDS; i++) {
        byte[] bytes =
            damaged(
                bodies.get(random.nextInt(bodies.size())).getBytes(StandardCharsets.UTF_8), random);
        endsInOrder(
            () ->
                client.ask(
                    new String(bytes, StandardCharsets.UTF_8), "authorization", "Bearer s3cret"));
      }
      assertThat(client.ask("(status)", "authorization", "Bearer s3cret").rows()).hasSize(1);
    }
  }

  private static byte[] damaged(byte[] valid, Random random) {
    byte[] bytes = valid.clone();
    switch (random.nextInt(5)) {
      case 0 -> {
        bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
      }
      case 1 -> bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 2 -> {
        for (int i = 0; i < 1 + random.nextInt(4); i++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
      }
      case 3 -> {
        int from = random.nextInt(bytes.length);
        int length = random.nextInt(bytes.length - from + 1);
        byte[] longer = new byte[bytes.length + length];
        System.arraycopy(bytes, 0, longer, 0, from + length);
        System.arraycopy(bytes, from, longer, from + length, bytes.length - from);
        bytes = longer;
      }
      default -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private interface Call {
    void make() throws Exception;
  }

  /** An answer or a Flight error; nothing else, and not a broken connection. */
  private static void endsInOrder(Call call) throws Exception {
    try {
      call.make();
    } catch (FlightRuntimeException e) {
      var trailers = e.status().metadata();
      // A write that would be run if this peer had a PostgreSQL, or a column the table has not.
      if (trailers != null
          && trailers.containsKey("datrang-sqlstate")
          && Set.of("08001", "55000").contains(trailers.get("datrang-sqlstate"))) {
        return;
      }
      assertThat(e.status().code())
          .isNotIn(
              org.apache.arrow.flight.FlightStatusCode.UNAVAILABLE,
              org.apache.arrow.flight.FlightStatusCode.UNKNOWN);
    } catch (IllegalArgumentException | IllegalStateException e) {
      // The client's own library could not read or send it.
      assertThat(e.getMessage()).isNotNull();
    }
  }

  private static void drain(FlightStream stream) throws Exception {
    try (stream) {
      while (stream.next()) {
        stream.getRoot();
      }
    }
  }

  private static void stillServes() throws Exception {
    drain(sql.getStream(sql.execute("SELECT 1").getEndpoints().get(0).getTicket()));
  }
}
