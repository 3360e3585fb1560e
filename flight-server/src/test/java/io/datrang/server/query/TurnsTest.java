package io.datrang.server.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final double SMALL = 10;
  private static final double HEAVY = Turns.SMALL_VALUES_MAX + 1;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Turns turns = new Turns(1, 1, Duration.ofHours(1));

  @Test
  void smallQueriesDoNotWaitForHeavyOnes() {
    Turns.Turn heavy = turns.take(HEAVY, new Cancellation());
    CompletableFuture<Turns.Turn> second = taking(HEAVY, new Cancellation());
    awaitWaiting(1);
    turns.take(SMALL, new Cancellation()).close();
    assertThat(second).isNotDone();
    heavy.close();
    assertThat(second).succeedsWithin(LONG);
  }

  @Test
  void whoCameFirstGoesFirst() {
    List<Integer> order = new CopyOnWriteArrayList<>();
    Turns.Turn first = turns.take(SMALL, new Cancellation());
    List<CompletableFuture<Void>> others = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      others.add(
          taking(SMALL, new Cancellation())
              .thenAccept(
                  turn -> {
                    order.add(number);
                    turn.close();
                  }));
      awaitWaiting(i + 1);
    }
    first.close();
    assertThat(CompletableFuture.allOf(others.toArray(CompletableFuture[]::new)))
        .succeedsWithin(LONG);
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aCancelledQueryWaitsNoLonger() {
    Turns.Turn first = turns.take(SMALL, new Cancellation());
    Cancellation cancellation = new Cancellation();
    CompletableFuture<Turns.Turn> second = taking(SMALL, cancellation);
    awaitWaiting(1);
    assertThat(cancellation.phase()).isEqualTo(Cancellation.Phase.QUEUED);
    cancellation.cancel("enough");
    assertThatThrownBy(second::join)
        .hasCauseInstanceOf(QueryCancelledException.class)
        .hasMessageContaining("enough");
    assertThat(turns.waiting()).isZero();
    first.close();
    turns.take(SMALL, new Cancellation()).close();
  }

  @Test
  void aTurnEndsOnce() {
    Turns.Turn first = turns.take(SMALL, new Cancellation());
    first.close();
    first.close();
    Turns.Turn second = turns.take(SMALL, new Cancellation());
    CompletableFuture<Turns.Turn> third = taking(SMALL, new Cancellation());
    awaitWaiting(1);
    assertThat(third).isNotDone();
    second.close();
    assertThat(third).succeedsWithin(LONG);
  }

  @Test
  void smallQueriesWithMuchWorkLetOthersIn() {
    Turns brief = new Turns(1, 1, Duration.ofMillis(1));
    Turns.Turn first = brief.take(SMALL, new Cancellation());
    assertThat(taking(brief, SMALL, new Cancellation())).succeedsWithin(LONG);
    first.close();
    Turns.Turn heavy = brief.take(HEAVY, new Cancellation());
    CompletableFuture<Turns.Turn> next = taking(brief, HEAVY, new Cancellation());
    await().atMost(LONG).until(() -> brief.waiting() == 1);
    assertThat(taking(brief, SMALL, new Cancellation())).succeedsWithin(LONG);
    assertThat(next).isNotDone();
    heavy.close();
    assertThat(next).succeedsWithin(LONG);
  }

  private CompletableFuture<Turns.Turn> taking(double values, Cancellation cancellation) {
    return taking(turns, values, cancellation);
  }

  private static CompletableFuture<Turns.Turn> taking(
      Turns turns, double values, Cancellation cancellation) {
    CompletableFuture<Turns.Turn> taken = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                taken.complete(turns.take(values, cancellation));
              } catch (RuntimeException e) {
                taken.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return taken;
  }

  private void awaitWaiting(int count) {
    await().atMost(LONG).until(() -> turns.waiting() == count);
  }
}
