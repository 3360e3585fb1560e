package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SnapshotRegistryTest {
  @Test
  void aRemovalThatFailsKeepsNothingElse() {
    SnapshotRegistry registry = new SnapshotRegistry(new SnapshotState(Lsn.ZERO, 0, 0, Map.of()));
    List<String> removed = new ArrayList<>();
    registry.retire(
        0,
        () -> {
          removed.add("first");
          throw new StorageException("it is not there");
        });
    registry.retire(0, () -> removed.add("second"));
    registry.retire(1, () -> removed.add("later"));
    registry.removeUnneeded();
    registry.removeUnneeded();
    assertThat(removed).containsExactly("first", "second");
  }

  @Test
  void whileHeldNobodyGetsAnAwaitedPositionAndThenTheNewestState() throws Exception {
    SnapshotRegistry registry = new SnapshotRegistry(new SnapshotState(Lsn.ZERO, 0, 0, Map.of()));
    registry.hold();
    assertThatThrownBy(() -> registry.pin(Lsn.ZERO, Duration.ZERO))
        .isInstanceOf(FreshnessTimeoutException.class);
    CompletableFuture<SnapshotState> reader =
        CompletableFuture.supplyAsync(() -> registry.pin(Lsn.ZERO, Duration.ofSeconds(30)));
    SnapshotState published = new SnapshotState(Lsn.ZERO, 0, 1, Map.of());
    registry.publish(published);
    assertThat(reader).isNotDone();
    registry.letGo();
    assertThat(reader.get(30, TimeUnit.SECONDS)).isSameAs(published);
  }
}
