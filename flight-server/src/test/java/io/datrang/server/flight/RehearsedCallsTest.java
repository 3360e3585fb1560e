package io.datrang.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RehearsedCallsTest {
  private final BufferAllocator allocator = new RootAllocator();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private Path directory;
  private FlightEndpoint endpoint;

  @BeforeEach
  void serve() throws Exception {
    directory = Files.createTempDirectory("rehearsed");
    endpoint =
        FlightEndpoint.unixSocket(
            socket(),
            PosixFilePermissions.fromString("rw-------"),
            allocator,
            new Numbers(),
            ClientAuthenticator.ofSocket(null, null));
  }

  @AfterEach
  void close() throws Exception {
    endpoint.close();
    allocator.close();
    Files.delete(directory);
  }

  private Path socket() {
    return directory.resolve("socket");
  }

  @Test
  void severalCallsOfOneConnectionAreAnswered() throws Exception {
    try (RehearsedCalls calls = RehearsedCalls.connect(socket())) {
      assertThat(calls.get("first")).isTrue();
      assertThat(calls.get("second")).isTrue();
    }
    assertThat(asked).containsExactly("first", "second");
  }

  @Test
  void refusalIsNoAnswer() throws Exception {
    try (RehearsedCalls calls = RehearsedCalls.connect(socket())) {
      assertThat(calls.get("refuse")).isFalse();
      assertThat(calls.get("next")).isTrue();
    }
  }

  @Test
  @Timeout(120)
  void answersMayBeLarge() throws Exception {
    try (RehearsedCalls calls = RehearsedCalls.connect(socket())) {
      assertThat(calls.get("large")).isTrue();
      assertThat(calls.get("large")).isTrue();
    }
  }

  /** Answers every ticket with a number, or many, but one. */
  private final class Numbers extends NoOpFlightProducer {
    @Override
    public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
      String text = new String(ticket.getBytes(), StandardCharsets.US_ASCII);
      asked.add(text);
      if (text.equals("refuse")) {
        listener.error(CallStatus.UNAVAILABLE.toRuntimeException());
        return;
      }
      try (IntVector number = new IntVector("number", allocator);
          VectorSchemaRoot root = VectorSchemaRoot.of(number)) {
        int rows = text.equals("large") ? 100_000 : 1;
        for (int i = 0; i < rows; i++) {
          number.setSafe(i, 1);
        }
        root.setRowCount(rows);
        listener.start(root);
        listener.putNext();
        listener.completed();
      }
    }
  }
}
