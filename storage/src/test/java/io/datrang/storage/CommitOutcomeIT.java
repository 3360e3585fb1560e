package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commits that are not answered: the token in the catalog says whether they have happened. */
class CommitOutcomeIT extends FreshStorage {
  private static final TableSchema TABLE =
      new TableSchema(
          5,
          "columnar",
          "t",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "v", TestRows.type(StorageKind.TEXT), false)),
          List.of(1));

  private CommitFaults faults;

  @BeforeEach
  void create() {
    faults = new CommitFaults(fixture.config().catalog());
  }

  private LocalStorage open() {
    return LocalStorage.open(fixture.config(faults.source()));
  }

  private static List<Object> row(long id, String v) {
    return List.of(id, v);
  }

  private String storedFiles() {
    return fixture.queryText("SELECT count(*) FROM datrang.files");
  }

  @Test
  void aFlushWhoseAnswerIsLostHasHappened() {
    try (LocalStorage storage = open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a"), row(2, "b")));
      faults.failNextCommit(true);
      assertThat(storage.flush()).isEqualTo(new Lsn(10));
      assertThat(storedFiles()).isEqualTo("1");
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"), row(2, "b"));
      apply(storage, 20, TABLE, List.of(List.of(1L)), List.of(row(1, "c")));
      storage.flush();
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "c"), row(2, "b"));
    }
    try (LocalStorage storage = open()) {
      assertThat(storage.durableLsn()).isEqualTo(new Lsn(20));
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "c"), row(2, "b"));
    }
  }

  @Test
  void aFlushThatBreaksBeforeItsCommitHasNotHappened() {
    try (LocalStorage storage = open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a")));
      faults.failNextCommit(false);
      assertThatThrownBy(storage::flush)
          .isInstanceOf(StorageException.class)
          .isNotInstanceOf(CommitStateUnknownException.class)
          .hasMessageContaining("before COMMIT");
      assertThat(storage.durableLsn()).isEqualTo(Lsn.ZERO);
      assertThat(storedFiles()).isEqualTo("0");
      assertThat(fixture.files()).noneMatch(f -> f.toString().endsWith(".parquet"));
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"));
      assertThat(storage.flush()).isEqualTo(new Lsn(10));
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"));
    }
  }

  @Test
  void aBackfillWhoseAnswerIsLostIsComplete() {
    try (LocalStorage storage = open()) {
      fixture.register(TABLE);
      try (Backfill backfill = storage.beginBackfill(TABLE)) {
        try (Backfill.Writer writer = backfill.newWriter();
            VectorSchemaRoot batch =
                TestRows.rows(TABLE, storage.allocator(), List.of(row(1, "a"), row(2, "b")))) {
          writer.write(batch);
        }
        storage.advance(new Lsn(50));
        apply(storage, 60, TABLE, List.of(List.of(2L)), List.of());
        faults.failNextCommit(true);
        backfill.commit(new Lsn(50));
      }
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"));
    }
    try (LocalStorage storage = open()) {
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"));
    }
  }

  @Test
  void aBackfillWhoseConnectionBreaksAfterItsAnswerIsComplete() {
    try (LocalStorage storage = open()) {
      fixture.register(TABLE);
      try (Backfill backfill = storage.beginBackfill(TABLE)) {
        try (Backfill.Writer writer = backfill.newWriter();
            VectorSchemaRoot batch =
                TestRows.rows(TABLE, storage.allocator(), List.of(row(1, "a")))) {
          writer.write(batch);
        }
        faults.failNextClose();
        backfill.commit(Lsn.ZERO);
      }
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"));
    }
    try (LocalStorage storage = open()) {
      assertThat(rows(storage, TABLE)).containsExactly(row(1, "a"));
    }
  }

  @Test
  void aBackfillThatIsFencedEndsStorageAndLeavesItsFiles() {
    List<StorageException> ended = new ArrayList<>();
    List<LocalStorage> next = new ArrayList<>();
    try (LocalStorage storage = LocalStorage.open(fixture.config(faults.source()), ended::add)) {
      fixture.register(TABLE);
      try (Backfill backfill = storage.beginBackfill(TABLE)) {
        try (Backfill.Writer writer = backfill.newWriter();
            VectorSchemaRoot batch =
                TestRows.rows(TABLE, storage.allocator(), List.of(row(1, "a")))) {
          writer.write(batch);
        }
        faults.failNextCommit(true, () -> next.add(fixture.open()));
        assertThatThrownBy(() -> backfill.commit(Lsn.ZERO)).isInstanceOf(FencedException.class);
      }
      assertThat(ended).singleElement().isInstanceOf(FencedException.class);
      assertThat(rows(next.get(0), TABLE)).containsExactly(row(1, "a"));
    } finally {
      next.forEach(LocalStorage::close);
    }
  }

  @Test
  void aBackfillThatBreaksBeforeItsCommitCanBeCommittedAgain() {
    try (LocalStorage storage = open()) {
      fixture.register(TABLE);
      try (Backfill backfill = storage.beginBackfill(TABLE)) {
        faults.failNextCommit(false);
        assertThatThrownBy(() -> backfill.commit(Lsn.ZERO)).isInstanceOf(StorageException.class);
        backfill.commit(Lsn.ZERO);
      }
      assertThat(rows(storage, TABLE)).isEmpty();
    }
  }

  @Test
  void aSidecarThatHasBeenReplacedMeanwhileEnds() {
    List<LocalStorage> next = new ArrayList<>();
    try (LocalStorage storage = open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), List.of(row(1, "a")));
      faults.failNextCommit(true, () -> next.add(fixture.open()));
      assertThatThrownBy(storage::flush).isInstanceOf(FencedException.class);
      assertThat(next.get(0).durableLsn()).isEqualTo(new Lsn(10));
      assertThat(rows(next.get(0), TABLE)).containsExactly(row(1, "a"));
    } finally {
      next.forEach(LocalStorage::close);
    }
  }
}
