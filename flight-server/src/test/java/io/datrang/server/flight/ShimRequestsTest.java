package io.datrang.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.ShimPeer;
import io.datrang.server.testing.SocketClient;
import io.datrang.types.Lsn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ShimRequestsTest {
  private static MemoryStorage storage;
  private static ShimPeer peer;
  private static SocketClient client;
  private static Path socket;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    storage = SampleTables.storage(100_000);
    socket = directory.resolve("s");
    peer = new ShimPeer(storage, socket, null);
    client = new SocketClient(socket);
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    assertThat(storage.pinnedSnapshots()).isZero();
    // Fails when a query leaked Arrow memory.
    peer.close();
  }

  @Test
  void helloAnnouncesVersionAndSignatures() {
    SocketClient.Answer answer =
        client.ask("(hello (shim \"0.2.0\") (server 150018) (database \"postgres\"))");
    assertThat(text(answer.rows().get(0))).containsExactly("version", "0.2.0", "1");
    assertThat(answer.rows().stream().map(ShimRequestsTest::text))
        .contains(
            List.of("op", "<=(date,date)", ""),
            List.of("op", "<(text,text)", "c"),
            List.of("op", "=(text,text)", "deterministic"));
  }

  @Test
  void queryYieldsRowsInSmallThenLargeBatchesAndMetadata() {
    SocketClient.Answer answer =
        client.ask(
            "(query (eventual) (select (output (col 1 \"id\") (col 1 \"t\")) (from (table 2 1))))");
    assertThat(answer.rows()).hasSize(100_000);
    assertThat(answer.batchRows().get(0)).isEqualTo(1024);
    assertThat(answer.batchRows()).allMatch(n -> n <= 16_384);
    assertThat(answer.metadata())
        .isEqualTo(
            "lsn="
                + storage.appliedLsn()
                + " files=3 files_total=10 row_groups=7 row_groups_total=80 delta_rows=12");
  }

  @Test
  void emptyAnswerStillHasItsFirstBatch() {
    SocketClient.Answer answer =
        client.ask(
            "(query (eventual) (select (output (col 1 \"id\")) (from (table 2 1))"
                + " (where (op \"<(int8,int8)\" - (col 1 \"id\") (const \"int8\" \"0\")))))");
    assertThat(answer.batchRows()).containsExactly(0);
    assertThat(answer.metadata()).startsWith("lsn=");
  }

  /** One thread hop is much of what a lookup takes. */
  @Test
  void rowsInMemoryAreSentByTheThreadThatReadsTheSocket() {
    storage.keep(5L);
    String lookup =
        "(query (%s) (select (output (col 1 \"id\")) (from (table 2 1))"
            + " (where (op \"=(int8,int8)\" - (col 1 \"id\") (const \"int8\" \"%d\")))))";
    SocketClient.Answer answer = client.ask(lookup.formatted("eventual", 5));
    assertThat(answer.rows()).containsExactly(List.of(5L));
    assertThat(answer.metadata()).startsWith("lsn=").contains(" pages=1");
    assertThat(storage.foundBy()).contains("EventLoop");
    assertThat(client.ask(lookup.formatted("eventual", 6)).rows()).containsExactly(List.of(6L));
    // What has to wait does so elsewhere.
    assertThatThrownBy(() -> client.ask(lookup.formatted("latest \"FF/0\" 20", 5)))
        .hasMessageContaining("did not reach FF/0 within 20 ms");
  }

  @Test
  void queryWithoutColumnsCounts() {
    SocketClient.Answer answer =
        client.ask(
            "(query (eventual) (select (output) (from (table 2 1))"
                + " (where (op \">=(int8,int4)\" - (col 1 \"id\") (const \"int4\" \"10000\")))))");
    assertThat(answer.schema().getFields()).isEmpty();
    assertThat(answer.batchRows().stream().mapToInt(n -> n).sum()).isEqualTo(90_000);
    assertThat(answer.batchRows().get(0)).isEqualTo(1024);
  }

  @Test
  void latestWaitsUntilThePositionIsReached() {
    Lsn target = new Lsn(storage.appliedLsn().value() + 0x100);
    Thread writer =
        new Thread(
            () -> {
              await().until(() -> storage.pinnedSnapshots() == 0);
              storage.advance(target);
            });
    writer.start();
    assertThat(client.ask("(wait \"" + target + "\" 10000)").rows().get(0).get(0))
        .hasToString(target.toString());
  }

  @Test
  void latestThatIsNotReachedNamesPositionAndLag() {
    assertThatThrownBy(
            () -> client.ask("(query (latest \"FF/0\" 20) (select (output) (from (table 2 1))))"))
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> {
              assertThat(e.status().code()).isEqualTo(FlightStatusCode.TIMED_OUT);
              assertThat(e.status().metadata().get("datrang-sqlstate")).isEqualTo("57014");
              assertThat(e.status().metadata().get("datrang-hint"))
                  .contains("datrang.freshness_timeout");
            })
        .hasMessageContaining("did not reach FF/0 within 20 ms")
        .hasMessageContaining("bytes behind");
  }

  @Test
  void unknownTableIsAnError() {
    assertThatThrownBy(() -> client.ask("(query (eventual) (select (output) (from (table 77 1))))"))
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> assertThat(e.status().metadata().get("datrang-sqlstate")).isEqualTo("42P01"));
  }

  @Test
  void clientThatGoesAwayReleasesEverything() throws Exception {
    try (FlightStream stream =
        client.open(
            "(query (eventual) (select (output (col 1 \"id\") (col 1 \"t\"))"
                + " (from (table 2 1))))")) {
      assertThat(stream.next()).isTrue();
      stream.cancel("enough", null);
    }
    await().until(() -> storage.pinnedSnapshots() == 0);
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void clientsThatDoNotReadLetOthersIn() throws Exception {
    String wide =
        "(query (eventual) (select (output"
            + " (col 1 \"t\")".repeat(40)
            + ") (from (table 2 1))))";
    List<SocketClient> clients = new ArrayList<>();
    List<FlightStream> unread = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) { // more than run at a time
        clients.add(new SocketClient(socket));
        unread.add(clients.get(i).open(wide));
        assertThat(unread.get(i).next()).isTrue();
      }
    } finally {
      for (FlightStream each : unread) {
        each.cancel("enough", null);
        each.close();
      }
      for (SocketClient each : clients) {
        each.close();
      }
    }
    await().until(() -> storage.pinnedSnapshots() == 0);
  }

  @Test
  void estimateUsesTheIndex() {
    SocketClient.Answer answer =
        client.ask(
            "(estimate (select (output (col 1 \"id\")) (from (table 2 1))"
                + " (where (op \"=(int8,int8)\" - (col 1 \"id\") (const \"int8\" \"5\")))))");
    assertThat(answer.rows().get(0)).containsExactly(100_000 / 3.0, 8, 100_000.0, 50_000.0);
  }

  @Test
  void sampleIsOfAllRowsAndSaysHowManyThereAre() {
    SocketClient.Answer answer =
        client.ask("(sample 2000 (select (output (col 1 \"id\")) (from (table 2 1))))");
    assertThat(answer.metadata()).endsWith(" total=100000");
    List<Long> ids = answer.rows().stream().map(row -> (Long) row.get(0)).toList();
    assertThat(ids).hasSize(2000).doesNotHaveDuplicates();
    // Of 2000 random numbers below 100,000 the mean is within 8 sigmas of the middle.
    assertThat(ids.stream().mapToLong(id -> id).average().orElseThrow()).isBetween(45e3, 55e3);
  }

  @Test
  void explainRunsTheQueryAndReports() {
    SocketClient.Answer answer =
        client.ask(
            "(explain (eventual) (select (output (agg \"count()\" - (args))) (from (table 2 1))"
                + " (where (op \">=(int8,int4)\" - (col 1 \"id\") (const \"int4\" \"10000\")))))");
    List<String> lines = answer.rows().stream().map(row -> row.get(0).toString()).toList();
    assertThat(lines.get(0)).startsWith("Read: lsn=").contains(" files=3 ").contains(" bytes=");
    assertThat(lines.get(1)).matches("Time: snapshot .* engine's execution [0-9.]+ ms");
    assertThat(lines.get(2)).startsWith("Engine Statement: SELECT ");
    assertThat(lines.subList(3, lines.size()))
        .anyMatch(line -> line.matches(" *-> .*scan.*\\(rows=90000.*"));
  }

  @Test
  void sampleOfMoreThanARowsScanIsRefused() {
    assertThatThrownBy(
            () ->
                client.ask(
                    "(sample 5 (select (output (col 1 \"id\")) (from (table 2 1)) (limit 3)))"))
        .hasMessageContaining("a sample is a positive number of rows of one table");
  }

  @Test
  void malformedRequestIsAnError() {
    assertThatThrownBy(() -> client.ask("(query"))
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.INVALID_ARGUMENT))
        .hasMessageContaining("unexpected end of request");
  }

  private static List<String> text(List<Object> row) {
    return row.stream().map(Object::toString).toList();
  }
}
