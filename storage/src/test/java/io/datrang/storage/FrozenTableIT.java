package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** A table that ended stays readable as of there, also while it is copied anew. */
class FrozenTableIT extends FreshStorage {
  private static final TableSchema TABLE = table(1);

  private static TableSchema table(int version) {
    return new TableSchema(
        5,
        "columnar",
        "orders",
        List.of(
            new Column(1, "id", TestRows.type(StorageKind.INT8), true),
            new Column(2, "v", TestRows.type(StorageKind.TEXT), false)),
        List.of(1),
        version);
  }

  private static List<Object> row(long id, String text) {
    return List.of(id, text);
  }

  private static Lsn frozenAt(Storage storage) {
    try (Snapshot snapshot = storage.pin()) {
      return snapshot.table(5).orElseThrow().frozenAt().orElse(null);
    }
  }

  /** Three rows, one in a file, one updated after that. */
  private void history(LocalStorage storage) {
    fixture.addEmpty(storage, TABLE);
    apply(storage, 10, TABLE, List.of(), List.of(row(1, "a"), row(2, "b"), row(3, "c")));
    storage.flush();
    apply(storage, 20, TABLE, List.of(List.of(2L)), List.of(row(2, "bb")));
    assertThat(frozenAt(storage)).isNull();
  }

  @Test
  void failedTableStaysReadableAsOfItsEnd() {
    try (LocalStorage storage = fixture.open()) {
      history(storage);
      storage.failTable(5, "a value does not fit");
      apply(storage, 30, TABLE, List.of(List.of(1L)), List.of(row(4, "d")));
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      assertThat(frozenAt(storage)).isEqualTo(new Lsn(20));
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      assertThat(
              fixture.queryText(
                  "SELECT state || ' ' || error || ' ' || frozen_lsn FROM datrang.tables"))
          .isEqualTo("error a value does not fit 0/14");
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(storage.tables()).isEmpty();
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      assertThat(frozenAt(storage)).isEqualTo(new Lsn(20));
      assertThat(storage.status(5).orElseThrow().error()).isEqualTo("a value does not fit");
    }
  }

  /** Of a transaction that is staged in parts nothing may show when a later part cannot be kept. */
  @Test
  void stagedChangesOfATableThatEndsAreGivenUp() {
    try (LocalStorage storage = fixture.open()) {
      history(storage);
      try (ChangeBatch part =
          StorageFixture.batch(
              storage, 30, TABLE, false, List.of(List.of(1L), List.of(2L)), List.of(row(1, "x")))) {
        storage.stage(part);
      }
      storage.failTable(5, "a value does not fit");
      try (ChangeBatch rest = new ChangeBatch(new Lsn(30), List.of())) {
        storage.apply(rest);
      }
      storage.flush();
      assertThat(storage.appliedLsn()).isEqualTo(new Lsn(30));
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      assertThat(frozenAt(storage)).isEqualTo(new Lsn(20));
    }
  }

  /** The transaction that asks for another copy holds the row when the end is to be recorded. */
  @Test
  void copyThatIsAskedForWhileTheEndIsRecordedIsMade() throws Exception {
    try (LocalStorage storage = fixture.open();
        Connection asking = fixture.connect();
        Statement statement = asking.createStatement()) {
      history(storage);
      asking.setAutoCommit(false);
      statement.execute("UPDATE datrang.tables SET state = 'pending'");
      storage.failTable(5, "a value does not fit"); // has it recorded at once
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  fixture.queryText("SELECT count(*) FROM pg_locks WHERE NOT granted").equals("1"));
      asking.commit();
      storage.flush();
      assertThat(fixture.queryText("SELECT state || ' ' || frozen_lsn FROM datrang.tables"))
          .isEqualTo("pending 0/14");
    }
  }

  @Test
  void anotherCopyReplacesAllRowsAtOnce() {
    try (LocalStorage storage = fixture.open()) {
      history(storage);
      copyAnew(storage);
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "new"), row(7, "later"));
      assertThat(frozenAt(storage)).isNull();
      apply(storage, 60, TABLE, List.of(List.of(2L)), List.of());
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(7, "later"));
      assertThat(fixture.queryText("SELECT state || frozen_lsn IS NULL FROM datrang.tables"))
          .isEqualTo("t");
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).containsExactly(row(7, "later"));
      assertThat(fixture.queryText("SELECT stored_version FROM datrang.tables")).isEqualTo("2");
      assertThat(fixture.queryText("SELECT count(*) FROM datrang.files")).isEqualTo("1");
    }
  }

  private void copyAnew(LocalStorage storage) {
    TableSchema anew = table(2);
    fixture.execute("UPDATE datrang.tables SET version = 2, state = 'backfilling'");
    try (Backfill backfill = storage.beginBackfill(anew)) {
      try (Backfill.Writer writer = backfill.newWriter();
          var batch =
              TestRows.rows(anew, storage.allocator(), List.of(row(1, "newer"), row(2, "new")))) {
        writer.write(batch);
      }
      apply(storage, 50, anew, List.of(List.of(1L)), List.of(row(7, "later")));
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      assertThat(frozenAt(storage)).isEqualTo(new Lsn(20));
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      backfill.commit(new Lsn(40));
    }
  }

  /** The commit of the copy waits for a flush when the table ends. */
  @Test
  void copyThatIsOvertakenBeforeItsCommitIsGivenUp() throws Exception {
    try (LocalStorage storage = fixture.open();
        Connection holding = fixture.connect();
        Statement statement = holding.createStatement()) {
      history(storage);
      storage.freeze(5);
      storage.flush();
      try (Backfill backfill = storage.beginBackfill(table(2))) {
        holding.setAutoCommit(false);
        statement.execute("UPDATE datrang.sidecar SET durable_lsn = durable_lsn");
        storage.advance(new Lsn(30));
        Thread flushing = new Thread(storage::flush);
        flushing.start();
        await()
            .atMost(Duration.ofMinutes(1))
            .until(
                () ->
                    fixture
                        .queryText("SELECT count(*) FROM pg_locks WHERE NOT granted")
                        .equals("1"));
        FutureTask<Void> commit =
            new FutureTask<>(
                () -> {
                  backfill.commit(new Lsn(30));
                  return null;
                });
        Thread committing = new Thread(commit);
        committing.start();
        await()
            .atMost(Duration.ofMinutes(1))
            .until(() -> committing.getState() == Thread.State.WAITING);
        storage.freeze(5);
        holding.rollback();
        assertThatThrownBy(commit::get).hasMessageContaining("ended while it was copied");
        flushing.join();
      }
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      assertThat(frozenAt(storage)).isEqualTo(new Lsn(20));
    }
  }

  @Test
  void copyThatIsGivenUpLeavesTheFrozenTable() {
    try (LocalStorage storage = fixture.open()) {
      history(storage);
      try (Backfill backfill = storage.beginBackfill(table(2));
          Backfill.Writer writer = backfill.newWriter();
          var batch = TestRows.rows(TABLE, storage.allocator(), List.of(row(9, "new")))) {
        writer.write(batch);
      }
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "bb"), row(3, "c"));
      copyAnew(storage);
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "new"), row(7, "later"));
    }
  }
}
