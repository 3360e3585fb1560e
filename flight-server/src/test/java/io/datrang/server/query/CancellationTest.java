package io.datrang.server.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final Cancellation cancellation = new Cancellation();

  @Test
  void everythingIsStoppedThoughOneStopFails() {
    List<String> stopped = new ArrayList<>();
    cancellation.stopWith(
        () -> {
          throw new IllegalStateException("first");
        });
    cancellation.stopWith(() -> stopped.add("second"));
    assertThatThrownBy(cancellation::cancel).hasMessage("first");
    assertThat(stopped).containsExactly("second");
  }

  @Test
  void whatComesTooLateIsStoppedAtOnce() {
    cancellation.cancel("enough");
    cancellation.cancel("more");
    List<String> stopped = new ArrayList<>();
    cancellation.stopWith(() -> stopped.add("late"));
    assertThat(stopped).containsExactly("late");
    assertThat(cancellation.exception()).hasMessage("enough");
  }
}
