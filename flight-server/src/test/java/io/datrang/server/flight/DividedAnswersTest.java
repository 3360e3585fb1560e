package io.datrang.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.server.request.Request;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.ShimPeer;
import io.datrang.server.testing.SocketClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several streams that share one query's rows. */
@Timeout(60)
class DividedAnswersTest {
  private static final int ROWS = 500_000;
  private static MemoryStorage storage;
  private static ShimPeer peer;
  private static SocketClient client;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    storage = SampleTables.storage(ROWS);
    Path socket = directory.resolve("s");
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

  private static String query(String name, String outputs) {
    return "(query (eventual) (divided \"%s\" 2) (select (output %s) (from (table 2 1))))"
        .formatted(name, outputs);
  }

  private static String ids(String name) {
    return query(name, "(col 1 \"id\")");
  }

  private static CompletableFuture<SocketClient.Answer> part(String name, int number) {
    return CompletableFuture.supplyAsync(
        () -> client.ask("(part \"%s\" %d 0)".formatted(name, number)));
  }

  private static List<Long> ids(List<SocketClient.Answer> parts) {
    return parts.stream()
        .flatMap(part -> part.rows().stream())
        .map(row -> (Long) row.get(0))
        .sorted()
        .toList();
  }

  private static FlightStream open(String request) {
    FlightStream stream = client.open(request);
    assertThat(stream.getSchema()).isNotNull(); // waits until it has begun
    return stream;
  }

  /** Nothing but metadata comes to who asks for the whole. */
  private static void readToEnd(FlightStream whole) {
    while (whole.next()) {
      assertThat(whole.hasRoot() && whole.getRoot().getRowCount() > 0).isFalse();
    }
  }

  @Test
  void partsShareTheRowsAndNobodyElseGetsAny() throws Exception {
    try (FlightStream whole = open(ids("shared"))) {
      var parts = List.of(part("shared", 0), part("shared", 1), part("shared", 2));
      List<SocketClient.Answer> answers = parts.stream().map(CompletableFuture::join).toList();
      readToEnd(whole);
      assertThat(ids(answers)).isEqualTo(LongStream.range(0, ROWS).boxed().toList());
      assertThat(answers).allMatch(answer -> answer.schema().getFields().size() == 1);
      // One that starts when all is over has no rows, and the same columns.
      SocketClient.Answer late = part("shared", 3).join();
      assertThat(late.rows()).isEmpty();
      assertThat(late.schema()).isEqualTo(answers.get(0).schema());
    }
  }

  @Test
  void rowsWithoutColumnsAreShared() throws Exception {
    try (FlightStream whole = open(query("count", ""))) {
      var parts = List.of(part("count", 0), part("count", 1));
      assertThat(parts.stream().map(CompletableFuture::join).flatMap(p -> p.batchRows().stream()))
          .satisfies(rows -> assertThat(rows.stream().mapToInt(n -> n).sum()).isEqualTo(ROWS));
      readToEnd(whole);
    }
  }

  @Test
  void aPartThatHasEnoughLeavesTheRestToOthers() throws Exception {
    try (FlightStream whole = open(ids("enough"))) {
      try (FlightStream first = client.open("(part \"enough\" 1 0)")) {
        assertThat(first.next()).isTrue();
        first.cancel("enough", null);
      }
      Set<Long> rest = new TreeSet<>(ids(List.of(part("enough", 2).join())));
      readToEnd(whole);
      // What was on its way to the first is gone with it: a few batches.
      assertThat(rest.size()).isBetween(ROWS / 2, ROWS - 1);
    }
  }

  @Test
  void aPartThatIsNotReadHoldsNobodyUp() throws Exception {
    try (FlightStream whole = open(ids("slow"))) {
      try (FlightStream slow = client.open("(part \"slow\" 1 0)")) {
        assertThat(slow.next()).isTrue();
        List<Long> read = new ArrayList<>();
        for (int row = 0; row < slow.getRoot().getRowCount(); row++) {
          read.add((Long) slow.getRoot().getVector(0).getObject(row));
        }
        List<Long> rest = ids(List.of(part("slow", 2).join()));
        while (slow.next()) {
          for (int row = 0; row < slow.getRoot().getRowCount(); row++) {
            read.add((Long) slow.getRoot().getVector(0).getObject(row));
          }
        }
        readToEnd(whole);
        assertThat(
                LongStream.concat(read.stream().mapToLong(n -> n), rest.stream().mapToLong(n -> n))
                    .sorted()
                    .boxed()
                    .toList())
            .isEqualTo(LongStream.range(0, ROWS).boxed().toList());
      }
    }
  }

  @Test
  void theEndOfTheWholeIsAnErrorOfItsParts() throws Exception {
    FlightStream whole = open(ids("given up"));
    try (FlightStream part = client.open("(part \"given up\" 1 0)")) {
      assertThat(part.next()).isTrue();
      whole.cancel("enough", null);
      whole.close();
      assertThatThrownBy(
              () -> {
                while (part.next()) {
                  Thread.sleep(1);
                }
              })
          .isInstanceOf(FlightRuntimeException.class)
          .hasMessageContaining("cancel");
    }
    assertThatThrownBy(() -> client.ask("(part \"given up\" 2 0)")).hasMessageContaining("cancel");
  }

  @Test
  void withoutReadersTheQueryWaitsAndEndsWithItsStream() throws Exception {
    FlightStream whole = open(ids("unread"));
    assertThat(storage.pinnedSnapshots()).isPositive();
    whole.cancel("enough", null);
    whole.close();
    await().until(() -> storage.pinnedSnapshots() == 0);
  }

  @Test
  void anAnswerInMemoryIsDividedToo() throws Exception {
    storage.keep(5L);
    String lookup =
        "(query (eventual) (divided \"kept\" 2) (select (output (col 1 \"id\")) (from (table 2 1))"
            + " (where (op \"=(int8,int8)\" - (col 1 \"id\") (const \"int8\" \"5\")))))";
    try (FlightStream whole = open(lookup)) {
      var parts = List.of(part("kept", 0), part("kept", 1));
      assertThat(ids(parts.stream().map(CompletableFuture::join).toList())).containsExactly(5L);
      readToEnd(whole);
    }
  }

  /** A stream could take all of a small answer before another is there. */
  @Test
  void theFirstToComeGetLittleUntilAllAreThere() {
    AtomicLong clock = new AtomicLong();
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = new VectorSchemaRoot(List.of())) {
      DividedAnswers answers = new DividedAnswers(allocator, clock::get);
      RecordingListener whole = new RecordingListener();
      ServerStreamListener answer = answers.divide(new Request.Divided("few", 3), whole);
      answer.start(root);
      assertThat(answer.isReady()).isFalse();
      RecordingListener first = new RecordingListener();
      answers.join(new Request.Part("few", 1, 0), first);
      assertThat(sendWhileReady(answer, 10)).isEqualTo(2);
      // The leader says that there are two, not three.
      RecordingListener leader = new RecordingListener();
      answers.join(new Request.Part("few", 0, 2), leader);
      assertThat(sendWhileReady(answer, 10)).isEqualTo(10);
      assertThat(List.of(whole.batches, first.batches, leader.batches)).containsExactly(0, 6, 6);
      answer.completed();
      assertThat(List.of(whole, first, leader)).allMatch(listener -> listener.completed);
    }
  }

  @Test
  void whoDoesNotComeInTimeIsNotWaitedFor() {
    AtomicLong clock = new AtomicLong();
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = new VectorSchemaRoot(List.of())) {
      DividedAnswers answers = new DividedAnswers(allocator, clock::get);
      ServerStreamListener answer =
          answers.divide(new Request.Divided("few", 3), new RecordingListener());
      answer.start(root);
      RecordingListener first = new RecordingListener();
      answers.join(new Request.Part("few", 1, 0), first);
      assertThat(sendWhileReady(answer, 10)).isEqualTo(2);
      clock.addAndGet(DividedListener.START.toNanos());
      assertThat(sendWhileReady(answer, 10)).isEqualTo(10);
      answer.error(new IllegalStateException("it failed"));
      answer.completed();
      assertThat(first.failure).hasMessage("it failed");
      assertThat(first.completed).isFalse();
    }
  }

  private static int sendWhileReady(ServerStreamListener answer, int max) {
    int sent = 0;
    while (sent < max && answer.isReady()) {
      answer.putNext();
      sent++;
    }
    return sent;
  }

  /** The leader knows how many have been started. */
  @Test
  void whoIsToldToBeAloneDoesNotWait() throws Exception {
    try (FlightStream whole = open(ids("alone"))) {
      SocketClient.Answer answer = client.ask("(part \"alone\" 0 1)");
      assertThat(answer.rows()).hasSize(ROWS);
      readToEnd(whole);
    }
  }

  @Test
  void aPartIsAskedForOnceAndOfAnswersThatAre() throws Exception {
    try (FlightStream whole = open(ids("once"))) {
      assertThat(part("once", 0).join().rows()).hasSize(ROWS);
      assertThatThrownBy(() -> client.ask("(part \"once\" 0 0)"))
          .hasMessageContaining("part 0 has been asked for before");
      readToEnd(whole);
    }
    assertThatThrownBy(() -> client.ask("(part \"none\" 0 0)"))
        .hasMessageContaining("no longer kept");
  }

  @Test
  void endedAnswersAreForgottenInTheEnd() {
    AtomicLong clock = new AtomicLong();
    try (BufferAllocator allocator = new RootAllocator()) {
      DividedAnswers answers = new DividedAnswers(allocator, clock::get);
      RecordingListener ended = new RecordingListener();
      answers
          .divide(new Request.Divided("ended", 1), ended)
          .error(new IllegalStateException("it failed"));
      answers.divide(new Request.Divided("running", 1), new RecordingListener());
      clock.addAndGet(DividedAnswers.KEPT.toNanos());
      answers.divide(new Request.Divided("next", 1), new RecordingListener());
      assertThat(answers.size()).isEqualTo(3);
      RecordingListener late = new RecordingListener();
      answers.join(new Request.Part("ended", 1, 0), late);
      assertThat(late.failure).hasMessage("it failed");
      clock.addAndGet(Duration.ofSeconds(1).toNanos());
      answers.divide(new Request.Divided("one more", 1), new RecordingListener());
      assertThat(answers.size()).isEqualTo(3);
    }
  }

  private static final class RecordingListener implements ServerStreamListener {
    private boolean started;
    private int batches;
    private boolean completed;
    private Throwable failure;

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
      assertThat(started).isFalse();
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
      assertThat(started).isFalse();
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void start(VectorSchemaRoot root, DictionaryProvider dictionaries, IpcOption option) {
      assertThat(started).isFalse();
      started = true;
    }

    @Override
    public void putNext() {
      assertThat(started).isTrue();
      batches++;
    }

    @Override
    public void putNext(ArrowBuf metadata) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void putMetadata(ArrowBuf metadata) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void error(Throwable error) {
      failure = error;
    }

    @Override
    public void completed() {
      completed = true;
    }
  }
}
