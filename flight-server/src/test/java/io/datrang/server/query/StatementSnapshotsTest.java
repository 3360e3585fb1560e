package io.datrang.server.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.request.SharedSnapshot;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.storage.Snapshot;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatementSnapshotsTest {
  private MemoryStorage storage;
  private long now;
  private StatementSnapshots snapshots;

  @BeforeEach
  void open() throws Exception {
    storage = SampleTables.storage(10);
    snapshots = new StatementSnapshots(() -> now);
  }

  @AfterEach
  void close() throws Exception {
    snapshots.close();
    assertThat(storage.pinnedSnapshots()).isZero();
    storage.close();
  }

  @Test
  void requestsOfOneStatementShareOneSnapshot() {
    read(1, false);
    read(1, true);
    assertThat(storage.pinnedSnapshots()).isOne();
  }

  @Test
  void whatTheSessionNoLongerNamesGoes() {
    read(1, false);
    read(2, false, 1L);
    assertThat(storage.pinnedSnapshots()).isEqualTo(2);
    read(3, false);
    assertThat(storage.pinnedSnapshots()).isOne();
    assertThatThrownBy(() -> read(1, true)).isInstanceOf(SnapshotGoneException.class);
  }

  @Test
  void aLateRequestOfAnEarlierStatementLetsGoOfNothing() {
    read(2, false);
    read(1, false, 1L);
    read(2, true);
  }

  @Test
  void aSnapshotBeingReadOutlivesItsName() {
    Snapshot reading = snapshots.acquire(name(1, false), storage::pin);
    read(2, false);
    assertThat(storage.pinnedSnapshots()).isEqualTo(2);
    reading.close();
    assertThat(storage.pinnedSnapshots()).isOne();
  }

  @Test
  void idleSnapshotsGoButNotThoseBeingRead() {
    read(1, false);
    try (Snapshot reading =
        snapshots.acquire(new SharedSnapshot("other", 1, false, Set.of()), storage::pin)) {
      now += StatementSnapshots.IDLE_MAX.toNanos() + 1;
      snapshots.sweep();
      assertThat(storage.pinnedSnapshots()).isOne();
      assertThat(reading.lsn()).isEqualTo(storage.appliedLsn());
    }
    assertThatThrownBy(() -> read(1, true)).isInstanceOf(SnapshotGoneException.class);
  }

  @Test
  void whatIdleSessionsReadGoes() {
    now = 10;
    read(1, false);
    snapshots.release(Set.of("backend"), 20);
    assertThat(storage.pinnedSnapshots()).as("in a transaction").isOne();
    snapshots.release(Set.of(), 10);
    assertThat(storage.pinnedSnapshots()).as("read after the question").isOne();
    snapshots.release(Set.of("another"), 20);
    assertThat(storage.pinnedSnapshots()).as("idle or gone").isZero();
    assertThatThrownBy(() -> read(1, true)).isInstanceOf(SnapshotGoneException.class);
  }

  @Test
  void whatIsBeingReadStaysThoughItsSessionIsGone() {
    try (Snapshot reading = snapshots.acquire(name(1, false), storage::pin)) {
      snapshots.release(Set.of(), 20);
      assertThat(reading.lsn()).isEqualTo(storage.appliedLsn());
      assertThat(snapshots.size()).isOne();
    }
    snapshots.release(Set.of(), 20);
    assertThat(storage.pinnedSnapshots()).isZero();
  }

  @Test
  void sessionsOfStandbysAreNotKnownToTheServer() {
    SharedSnapshot there = new SharedSnapshot("standby-1-2", 1, false, Set.of());
    snapshots.acquire(there, storage::pin).close();
    snapshots.release(Set.of(), 20);
    assertThat(storage.pinnedSnapshots()).isOne();
  }

  private void read(long number, boolean again, Long... live) {
    snapshots.acquire(name(number, again, live), storage::pin).close();
  }

  private static SharedSnapshot name(long number, boolean again, Long... live) {
    return new SharedSnapshot("backend", number, again, Set.of(live));
  }
}
