package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.types.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
}
