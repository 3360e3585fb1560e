package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.batch;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** What a storage promises: snapshots, flushes, recovery, fencing, backfills. */
class LocalStorageIT extends FreshStorage {
  private static final TableSchema TABLE =
      new TableSchema(
          5,
          "columnar",
          "Orders",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(3, "Id", TestRows.type(StorageKind.TEXT), true),
              new Column(4, "file_row_number", TestRows.type(StorageKind.INT4), false)),
          List.of(3, 1));

  private static List<Object> row(long id, String text, Integer number) {
    return java.util.Arrays.asList(id, text, number);
  }

  private static List<Object> key(long id, String text) {
    return List.of(text, id);
  }

  @Test
  void updatesAndDeletesHideOlderRowsInDeltaAndFiles() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1), row(2, "b", 2), row(3, "c", 3)));
      apply(storage, 20, TABLE, List.of(key(2, "b")), List.of(row(2, "b", 22)));
      assertThat(rows(storage, TABLE))
          .containsExactly(row(1, "a", 1), row(2, "b", 22), row(3, "c", 3));
      storage.flush();
      apply(storage, 30, TABLE, List.of(key(1, "a"), key(3, "c")), List.of(row(3, "c", 33)));
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 22), row(3, "c", 33));
      assertThat(storage.status(5).orElseThrow().rows()).isEqualTo(2);
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 22), row(3, "c", 33));
      assertThat(storage.status(5).orElseThrow().rows()).isEqualTo(2);
      apply(storage, 40, TABLE, List.of(key(2, "b")), List.of());
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(3, "c", 33));
      assertThat(storage.status(5).orElseThrow().files()).isEqualTo(1);
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(storage.durableLsn()).isEqualTo(new Lsn(40));
      assertThat(storage.appliedLsn()).isEqualTo(new Lsn(40));
      assertThat(rows(storage, TABLE)).containsExactly(row(3, "c", 33));
    }
  }

  @Test
  void deletionVectorsSurviveARestart() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1), row(2, "b", 2), row(3, "c", 3)));
      storage.flush();
      apply(storage, 20, TABLE, List.of(key(1, "a")), List.of());
      storage.flush();
      apply(storage, 30, TABLE, List.of(key(3, "c")), List.of());
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 2));
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 2));
      assertThat(storage.status(5).orElseThrow().rows()).isEqualTo(1);
      assertThat(fixture.queryText("SELECT cardinality FROM datrang.deletion_vectors"))
          .isEqualTo("2");
    }
  }

  @Test
  void deletionsOfAFailedFlushAreWrittenByTheNextOne() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1), row(2, "b", 2)));
      storage.flush();
      apply(storage, 15, TABLE, List.of(), List.of(row(3, "c", 3), row(4, "d", 4), row(5, "e", 5)));
      storage.flush();
      apply(storage, 20, TABLE, List.of(key(5, "e")), List.of());
      storage.flush();
      apply(storage, 30, TABLE, List.of(key(1, "a")), List.of());
      fixture.execute("ALTER TABLE datrang.deletion_vectors RENAME TO away");
      assertThatThrownBy(storage::flush).isInstanceOf(StorageException.class);
      fixture.execute("ALTER TABLE datrang.away RENAME TO deletion_vectors");
      apply(storage, 40, TABLE, List.of(key(3, "c")), List.of());
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 2), row(4, "d", 4));
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 2), row(4, "d", 4));
    }
  }

  @Test
  void truncateRemovesEverythingOlder() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1)));
      storage.flush();
      apply(storage, 20, TABLE, List.of(), List.of(row(2, "b", 2)));
      try (Snapshot before = storage.pin();
          ChangeBatch truncate =
              batch(storage, 30, TABLE, true, List.of(), List.of(row(9, "z", 9)))) {
        storage.apply(truncate);
        assertThat(rows(storage, TABLE)).containsExactly(row(9, "z", 9));
        storage.flush();
        assertThat(rows(storage, TABLE)).containsExactly(row(9, "z", 9));
        assertThat(rows(storage, before, TABLE)).containsExactly(row(1, "a", 1), row(2, "b", 2));
      }
      storage.flush();
      assertThat(fixture.queryText("SELECT count(*) FROM datrang.files")).isEqualTo("1");
    }
  }

  @Test
  void unflushedChangesAreNotDurable() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1)));
      storage.flush();
      apply(storage, 20, TABLE, List.of(key(1, "a")), List.of(row(2, "b", 2)));
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(storage.durableLsn()).isEqualTo(new Lsn(10));
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a", 1));
    }
  }

  @Test
  void A14_anOlderStorageIsFenced() {
    try (LocalStorage older = fixture.open()) {
      fixture.addEmpty(older, TABLE);
      apply(older, 10, TABLE, List.of(), List.of(row(1, "a", 1)));
      try (LocalStorage newer = fixture.open()) {
        assertThatThrownBy(older::flush).isInstanceOf(FencedException.class);
        assertThat(newer.durableLsn()).isEqualTo(Lsn.ZERO);
        assertThat(rows(newer, TABLE)).isEmpty();
      }
    }
  }

  @Test
  void filesNobodyKnowsAreRemovedAtStart() throws Exception {
    Path orphan = fixture.directory().resolve("t5/data/orphan.parquet");
    Files.createDirectories(orphan.getParent());
    Files.writeString(orphan, "half a file");
    try (LocalStorage storage = fixture.open()) {
      assertThat(orphan).doesNotExist();
    }
  }

  @Test
  void stagedPartsShowWithTheBatchThatEndsThem() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1), row(2, "b", 2)));
      try (ChangeBatch part =
          batch(storage, 20, TABLE, false, List.of(key(1, "a")), List.of(row(3, "c", 3)))) {
        storage.stage(part);
      }
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a", 1), row(2, "b", 2));
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a", 1), row(2, "b", 2));
      assertThat(lookup(storage, key(1, "a"), key(3, "c"))).containsExactly(row(3, "c", 3));
      storage.unstage();
      assertThat(lookup(storage, key(1, "a"), key(3, "c"))).containsExactly(row(1, "a", 1));
      try (ChangeBatch part =
          batch(storage, 20, TABLE, false, List.of(key(1, "a")), List.of(row(3, "c", 3)))) {
        storage.stage(part);
      }
      apply(storage, 20, TABLE, List.of(key(3, "c")), List.of(row(4, "d", 4)));
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 2), row(4, "d", 4));
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(2, "b", 2), row(4, "d", 4));
    }
  }

  @Test
  void earlyRowsShowWithTheBatchThatEndsThem() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1)));
      early(storage, row(8, "rolled back", 8)).close();
      EarlyRows early = early(storage, row(2, "b", 2), row(3, "c", 3));
      apply(storage, 20, TABLE, List.of(key(1, "a")), List.of(row(4, "d", 4)));
      storage.flush(); // the early rows' sequence is older than the floor now
      storage.stage(early);
      assertThat(rows(storage, TABLE)).containsExactly(row(4, "d", 4));
      assertThat(lookup(storage, key(2, "b"))).containsExactly(row(2, "b", 2));
      storage.unstage();
      assertThat(lookup(storage, key(2, "b"))).isEmpty();

      early = early(storage, row(2, "b", 2), row(3, "c", 3));
      storage.stage(early);
      early.close();
      apply(storage, 30, TABLE, List.of(key(3, "c")), List.of(row(5, "e", 5)));
      List<List<Object>> expected = List.of(row(2, "b", 2), row(4, "d", 4), row(5, "e", 5));
      assertThat(rows(storage, TABLE)).containsExactlyElementsOf(expected);
      apply(storage, 40, TABLE, List.of(key(2, "b")), List.of(row(2, "b", 7)));
      expected = List.of(row(2, "b", 7), row(4, "d", 4), row(5, "e", 5));
      assertThat(rows(storage, TABLE)).containsExactlyElementsOf(expected);
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactlyElementsOf(expected);
      assertThat(storage.status(TABLE.tableId()).orElseThrow().rows()).isEqualTo(3);
    }
  }

  @SafeVarargs
  private static EarlyRows early(LocalStorage storage, List<Object>... rows) {
    EarlyRows early = storage.early(TABLE);
    for (List<Object> row : rows) {
      early.add(TestRows.rows(TABLE, storage.allocator(), List.of(row)));
    }
    return early;
  }

  @SafeVarargs
  private static List<List<Object>> lookup(LocalStorage storage, List<Object>... keys) {
    try (VectorSchemaRoot wanted = TestRows.keys(TABLE, storage.allocator(), List.of(keys));
        VectorSchemaRoot found = storage.lookup(5, wanted)) {
      return TestRows.read(TABLE.columns(), found);
    }
  }

  @Test
  void aBackfillLiesUnderChangesAppliedMeanwhile() {
    try (LocalStorage storage = fixture.open()) {
      fixture.register(TABLE);
      try (Backfill backfill = storage.beginBackfill(TABLE)) {
        try (Backfill.Writer writer = backfill.newWriter();
            VectorSchemaRoot batch =
                TestRows.rows(
                    TABLE,
                    storage.allocator(),
                    List.of(row(1, "a", 1), row(2, "b", 2), row(3, "c", 3)))) {
          writer.write(batch);
        }
        storage.advance(new Lsn(50));
        apply(storage, 60, TABLE, List.of(key(2, "b")), List.of(row(4, "d", 4)));
        try (Snapshot snapshot = storage.pin()) {
          assertThat(snapshot.table(5).orElseThrow().unreadableBecause()).contains("not complete");
        }
        assertThat(lookup(storage, key(1, "a"), key(2, "b"))).containsExactly(row(1, "a", 1));
        backfill.commit(new Lsn(50));
      }
      assertThat(rows(storage, TABLE))
          .containsExactly(row(1, "a", 1), row(3, "c", 3), row(4, "d", 4));
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(storage.durableLsn()).isEqualTo(new Lsn(60));
      assertThat(rows(storage, TABLE))
          .containsExactly(row(1, "a", 1), row(3, "c", 3), row(4, "d", 4));
      assertThat(fixture.queryText("SELECT state || snapshot_lsn FROM datrang.tables"))
          .isEqualTo("streaming0/32");
    }
  }

  @Test
  void aBackfillAheadOfTheStreamIsReadableWhenTheStreamIsThere() {
    try (LocalStorage storage = fixture.open()) {
      fixture.register(TABLE);
      try (Backfill backfill = storage.beginBackfill(TABLE)) {
        backfill.commit(new Lsn(100));
      }
      try (Snapshot snapshot = storage.pin()) {
        assertThat(snapshot.table(5).orElseThrow().unreadableBecause()).contains("0/64");
      }
      storage.advance(new Lsn(100));
      assertThat(rows(storage, TABLE)).isEmpty();
    }
  }

  @Test
  void anAbandonedBackfillLeavesNothing() {
    try (LocalStorage storage = fixture.open()) {
      fixture.register(TABLE);
      try (Backfill backfill = storage.beginBackfill(TABLE)) {
        try (Backfill.Writer writer = backfill.newWriter();
            VectorSchemaRoot batch =
                TestRows.rows(TABLE, storage.allocator(), List.of(row(1, "a", 1)))) {
          writer.write(batch);
        }
      }
      assertThat(fixture.files()).isEmpty();
      fixture.queryText("SELECT state FROM datrang.tables");
      try (Backfill again = storage.beginBackfill(TABLE)) {
        again.commit(new Lsn(1));
      }
      storage.advance(new Lsn(1));
      assertThat(rows(storage, TABLE)).isEmpty();
    }
  }

  @Test
  void aFailedTableStaysFailed() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1)));
      storage.failTable(5, "a value does not fit");
      apply(storage, 20, TABLE, List.of(), List.of(row(2, "b", 2)));
      storage.flush();
      assertThat(storage.tables()).isEmpty();
    }
    try (LocalStorage storage = fixture.open();
        Snapshot snapshot = storage.pin()) {
      assertThat(snapshot.table(5).orElseThrow().frozenAt()).contains(new Lsn(10));
      assertThat(storage.status(5).orElseThrow().error()).isEqualTo("a value does not fit");
      assertThat(storage.durableLsn()).isEqualTo(new Lsn(20));
    }
  }

  @Test
  void H5_aDroppedTablesFilesGoWhenTheLastReaderHasGone() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a", 1)));
      storage.flush();
      try (Snapshot snapshot = storage.pin()) {
        storage.dropTable(5);
        storage.flush();
        assertThat(rows(storage, snapshot, TABLE)).containsExactly(row(1, "a", 1));
      }
      storage.flush();
      assertThat(fixture.files()).isEmpty();
      assertThat(fixture.queryText("SELECT count(*) FROM datrang.tables")).isEqualTo("0");
    }
  }

  @Test
  void aReadThatWaitsInVainSaysSo() {
    try (LocalStorage storage = fixture.open()) {
      storage.advance(new Lsn(5));
      storage.pin(new Lsn(5), Duration.ZERO).close();
      assertThatThrownBy(() -> storage.pin(new Lsn(6), Duration.ofMillis(20)))
          .isInstanceOf(FreshnessTimeoutException.class)
          .hasMessageContaining("0/6");
    }
  }
}
