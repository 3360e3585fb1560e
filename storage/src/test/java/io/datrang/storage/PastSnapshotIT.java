package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.index.Predicate;
import io.datrang.storage.iceberg.PastState;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Tables are read as they were, whatever has become of their rows, files and columns. */
class PastSnapshotIT extends FreshStorage {
  private static final Column ID = new Column(1, "id", TestRows.type(StorageKind.INT8), true);
  private static final Column NOTE = new Column(2, "note", TestRows.type(StorageKind.TEXT), false);
  private static final Column NUMBER =
      new Column(3, "number", TestRows.type(StorageKind.INT4), false, "42");
  private static final TableSchema TABLE = table(5, 1, ID, NOTE);
  private static final TableSchema OTHER = table(6, 1, ID, NOTE);

  private static TableSchema table(long id, int version, Column... columns) {
    return new TableSchema(id, "columnar", "t" + id, List.of(columns), List.of(1), version);
  }

  private static List<Object> row(Object... values) {
    return Arrays.asList(values);
  }

  private LocalStorage open(Duration history) {
    return LocalStorage.open(fixture.config(history));
  }

  private static PastState newest(Storage storage, TableSchema table) {
    List<PastState> states = storage.history(table.tableId());
    return states.get(states.size() - 1);
  }

  private static List<List<Object>> past(Storage storage, AsOf asOf, TableSchema table) {
    try (Snapshot snapshot = storage.pin(asOf)) {
      return rows(storage, snapshot, table);
    }
  }

  private static List<List<Object>> past(Storage storage, PastState state) {
    return past(storage, new AsOf.SnapshotId(state.id()), TABLE);
  }

  @Test
  void everyStoredStateIsReadAfterDeletionsCompactionAndRestart() {
    List<List<Object>> first = List.of(row(1L, "a"), row(2L, "b"), row(3L, "c"));
    List<List<Object>> second = List.of(row(1L, "a"), row(3L, "cc"));
    PastState empty;
    PastState one;
    PastState two;
    Consumer<Storage> check;
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      fixture.addEmpty(storage, TABLE);
      empty = newest(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), first);
      storage.flush();
      one = newest(storage, TABLE);
      apply(storage, 20, TABLE, List.of(row(2L), row(3L)), List.of(row(3L, "cc")));
      storage.flush();
      two = newest(storage, TABLE);
      apply(storage, 30, TABLE, List.of(row(1L)), List.of(row(4L, "delta is no history")));
      check =
          each -> {
            assertThat(past(each, empty)).isEmpty();
            assertThat(past(each, one)).isEqualTo(first);
            assertThat(past(each, two)).isEqualTo(second);
            assertThat(past(each, new AsOf.Time(two.committedAtMs()), TABLE)).isEqualTo(second);
            assertThat(past(each, new AsOf.Time(two.committedAtMs() - 1), TABLE))
                .hasSizeLessThan(4);
          };
      check.accept(storage);
      assertThat(two.rows()).isEqualTo(2);
      assertThat(rows(storage, TABLE))
          .containsExactly(row(3L, "cc"), row(4L, "delta is no history"));
      storage.vacuum(TABLE.tableId(), stop -> {});
      check.accept(storage);
      storage.freeze(TABLE.tableId());
      check.accept(storage);
    }
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      check.accept(storage);
    }
  }

  /** Whoever looks for a few rows is told nothing rather than that there are none. */
  private static Optional<FoundRows> find(Storage storage, Snapshot snapshot, long id) {
    return snapshot
        .table(TABLE.tableId())
        .orElseThrow()
        .find(
            List.of(new Predicate.In(1, List.of(id))), List.of("id", "note"), storage.allocator());
  }

  @Test
  void whatHasNoIndexIsNotTakenForEmpty() {
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1L, "a"), row(2L, "b")));
      storage.flush();
      PastState one = newest(storage, TABLE);
      apply(storage, 20, TABLE, List.of(row(1L)), List.of(row(3L, "c")));
      storage.flush();
      storage.vacuum(TABLE.tableId(), stop -> {});
      try (Snapshot then = storage.pin(new AsOf.SnapshotId(one.id()))) {
        assertThat(find(storage, then, 1)).isEmpty();
        assertThat(rows(storage, then, TABLE)).containsExactly(row(1L, "a"), row(2L, "b"));
      }
      try (Snapshot now = storage.pin();
          FoundRows found = find(storage, now, 2).orElseThrow()) {
        assertThat(found.rows().getRowCount()).isEqualTo(1);
      }
    }
    fixture.execute("DELETE FROM datrang.column_chunks; DELETE FROM datrang.row_groups");
    try (LocalStorage storage = open(Duration.ofHours(1));
        Snapshot now = storage.pin()) {
      assertThat(find(storage, now, 2)).isEmpty();
      assertThat(rows(storage, now, TABLE)).containsExactly(row(2L, "b"), row(3L, "c"));
    }
  }

  @Test
  void manyStatesAreReadOneAfterTheOther() {
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 1, TABLE, List.of(), List.of(row(0L, "kept"), row(1L, "1")));
      storage.flush();
      for (int i = 2; i < 24; i++) {
        apply(storage, i, TABLE, List.of(row(i - 1L)), List.of(row((long) i, "" + i)));
        storage.flush();
      }
      List<PastState> states = storage.history(TABLE.tableId());
      assertThat(states).hasSize(24);
      for (int round = 0; round < 2; round++) {
        for (int i = 1; i < 24; i++) {
          assertThat(past(storage, states.get(i)))
              .containsExactly(row(0L, "kept"), row((long) i, "" + i));
        }
      }
      assertThat(rows(storage, TABLE)).containsExactly(row(0L, "kept"), row(23L, "23"));
    }
  }

  @Test
  void tablesOfOneCommitAreReadTogether() {
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      fixture.addEmpty(storage, TABLE);
      fixture.addEmpty(storage, OTHER);
      for (long i = 1; i <= 8; i++) {
        apply(storage, 2 * i, TABLE, List.of(), List.of(row(i, "x")));
        apply(storage, 2 * i + 1, OTHER, List.of(), List.of(row(i, "x")));
        storage.flush();
      }
      for (PastState state : storage.history(OTHER.tableId()).subList(1, 9)) {
        for (AsOf asOf :
            List.of(new AsOf.Time(state.committedAtMs()), new AsOf.SnapshotId(state.id()))) {
          assertThat(past(storage, asOf, TABLE)).isEqualTo(past(storage, asOf, OTHER));
        }
      }
    }
  }

  @Test
  void columnsAreThoseOfToday() {
    TableSchema wider = table(5, 2, ID, NOTE, NUMBER);
    TableSchema retyped =
        table(5, 3, ID, new Column(2, "note", TestRows.type(StorageKind.INT4), false), NUMBER);
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1L, "a")));
      storage.flush();
      PastState narrow = newest(storage, TABLE);
      fixture.redefine(wider);
      storage.alter(wider);
      apply(storage, 20, wider, List.of(row(1L)), List.of(row(2L, "b", 7)));
      storage.flush();
      AsOf then = new AsOf.SnapshotId(narrow.id());
      assertThat(past(storage, then, wider)).containsExactly(row(1L, "a", 42));
      fixture.redefine(retyped);
      try (Backfill backfill = storage.beginBackfill(retyped)) {
        apply(storage, 30, retyped, List.of(), List.of(row(3L, 3, 3)));
        backfill.commit(new Lsn(25));
      }
      storage.flush();
      assertThat(rows(storage, retyped)).containsExactly(row(3L, 3, 3));
      assertThatThrownBy(() -> past(storage, then, retyped))
          .isInstanceOf(HistoryGoneException.class)
          .hasMessageContaining("column \"note\" of columnar table \"t5\" had another type");
    }
  }

  /** In files, and for Iceberg, a dated time of day is a timestamp. */
  @Test
  void timesOfDayAreNoTimestamps() {
    ColumnType dated = ColumnType.described("time", 1083, -1, "DATED_TIME", 0, 0, null);
    TableSchema timestamps =
        table(5, 1, ID, new Column(2, "at", TestRows.type(StorageKind.TIMESTAMP), false));
    TableSchema times = table(5, 2, ID, new Column(2, "at", dated, false));
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      fixture.addEmpty(storage, timestamps);
      apply(storage, 10, timestamps, List.of(), List.of(row(1L, 86_400_000_000L)));
      storage.flush();
      AsOf before = new AsOf.SnapshotId(newest(storage, TABLE).id());
      fixture.redefine(times);
      try (Backfill backfill = storage.beginBackfill(times)) {
        apply(storage, 30, times, List.of(), List.of(row(2L, 86_400_000_000L)));
        backfill.commit(new Lsn(25));
      }
      storage.flush();
      AsOf after = new AsOf.SnapshotId(newest(storage, TABLE).id());
      assertThat(past(storage, after, times)).containsExactly(row(2L, 86_400_000_000L));
      assertThatThrownBy(() -> past(storage, before, times))
          .isInstanceOf(HistoryGoneException.class)
          .hasMessageContaining("column \"at\" of columnar table \"t5\" had another type");
    }
  }

  @Test
  void whatIsGoneIsAnError() {
    PastState old;
    try (LocalStorage storage = open(Duration.ofHours(1))) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1L, "a")));
      storage.flush();
      old = newest(storage, TABLE);
      Snapshot held = storage.pin(new AsOf.SnapshotId(old.id()));
      assertThatThrownBy(() -> past(storage, new AsOf.Time(1000), TABLE))
          .isInstanceOf(HistoryGoneException.class)
          .hasMessageContaining("as of 1970-01-01T00:00:01Z: its history begins at ");
      assertThatThrownBy(() -> storage.pin(new AsOf.SnapshotId(17)))
          .isInstanceOf(HistoryGoneException.class)
          .hasMessage("no columnar table has, or has still, snapshot 17");
      assertThat(rows(storage, held, TABLE)).containsExactly(row(1L, "a"));
      held.close();
    }
    try (LocalStorage storage = open(Duration.ZERO)) {
      Snapshot held = storage.pin(new AsOf.SnapshotId(old.id()));
      for (long lsn = 1000; lsn < 1004; lsn++) {
        apply(storage, lsn, TABLE, List.of(row(1L)), List.of(row(1L, "" + lsn)));
        storage.flush();
      }
      assertThatThrownBy(() -> past(storage, old)).isInstanceOf(HistoryGoneException.class);
      // but whoever began in time has the files still
      assertThat(rows(storage, held, TABLE)).containsExactly(row(1L, "a"));
      held.close();
    }
  }
}
