package io.datrang.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** The foreign data wrapper meets sidecars of other versions. */
class ShimVersionIT {
  @Test
  void sidecarsOfOtherVersionsAreRefused() throws Exception {
    try (MirroredDatabase database = MirroredDatabase.prepared()) {
      refused(
          database,
          List.of("version", "0.0.1", "1"),
          "has version 0.0.1, the extension has version " + Version.text());
      refused(
          database,
          List.of("version", Version.text(), "99"),
          "speaks version 99 of the protocol, the extension speaks version 1");
      refused(database, List.of("greeting", Version.text(), "1"), "of the protocol");
    }
  }

  @Test
  void aSessionThatMeetsAnotherVersionSaysSoAndGoesOnWithItsOwn() throws Exception {
    try (MirroredDatabase database = MirroredDatabase.start();
        Connection session = database.cluster().connect();
        BufferAllocator allocator = new RootAllocator()) {
      database.execute(
          "CREATE TABLE t (id int PRIMARY KEY)",
          "INSERT INTO t VALUES (1), (2)",
          "ALTER SERVER datrang OPTIONS (SET uri 'grpc://127.0.0.1:"
              + database.flightPort()
              + "')");
      database.mirror("t");
      String read = "SELECT string_agg(id::text, ',' ORDER BY id) FROM columnar.t";
      assertThat(MirroredDatabase.rows(session, read)).isEqualTo(List.of(List.of("1,2")));
      database.stop();
      database.execute("INSERT INTO t VALUES (3)");
      List<String> greeting = List.of("version", "9.9.9", "1");
      try (FlightServer other = greeter(allocator, database.flightPort(), greeting)) {
        assertThatThrownBy(() -> MirroredDatabase.rows(session, read))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08P01"))
            .hasMessageContaining("9.9.9");
      }
      database.launch();
      assertThat(MirroredDatabase.rows(session, read)).isEqualTo(List.of(List.of("1,2,3")));
      await().atMost(Duration.ofSeconds(60)).until(() -> allocator.getAllocatedMemory() == 0);
    }
  }

  private static FlightServer greeter(BufferAllocator allocator, int port, List<String> greeting)
      throws IOException {
    return FlightServer.builder(
            allocator,
            Location.forGrpcInsecure("127.0.0.1", port),
            new Greeter(allocator, greeting))
        .build()
        .start();
  }

  private static void refused(MirroredDatabase database, List<String> greeting, String message)
      throws Exception {
    try (BufferAllocator allocator = new RootAllocator()) {
      try (FlightServer other = greeter(allocator, 0, greeting)) {
        database.execute(
            "ALTER SERVER datrang OPTIONS (SET uri 'grpc://127.0.0.1:" + other.getPort() + "')");
        assertThatThrownBy(() -> database.as("postgres", "SELECT datrang.wait_for()"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08P01"))
            .hasMessageContaining(message)
            .hasMessageContaining("Install the same version");
      }
      // What was still on its way when the client hung up is released by the transport's threads.
      await().atMost(Duration.ofSeconds(60)).until(() -> allocator.getAllocatedMemory() == 0);
    }
  }

  /** Answers every request with one row. */
  private static final class Greeter extends NoOpFlightProducer {
    private final BufferAllocator allocator;
    private final List<String> greeting;

    Greeter(BufferAllocator allocator, List<String> greeting) {
      this.allocator = allocator;
      this.greeting = greeting;
    }

    @Override
    public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
      try (VarCharVector kind = new VarCharVector("kind", allocator);
          VarCharVector name = new VarCharVector("name", allocator);
          VarCharVector condition = new VarCharVector("condition", allocator);
          VectorSchemaRoot root = VectorSchemaRoot.of(kind, name, condition)) {
        kind.setSafe(0, greeting.get(0).getBytes(UTF_8));
        name.setSafe(0, greeting.get(1).getBytes(UTF_8));
        condition.setSafe(0, greeting.get(2).getBytes(UTF_8));
        root.setRowCount(1);
        listener.start(root);
        listener.putNext();
        listener.completed();
      } catch (RuntimeException e) {
        listener.error(CallStatus.INTERNAL.withDescription(e.toString()).toRuntimeException());
      }
    }
  }
}
