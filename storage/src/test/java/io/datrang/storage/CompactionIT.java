package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.index.Predicate;
import io.datrang.storage.Compaction.Step;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files are written anew while readers, changes and crashes come at every step. */
class CompactionIT extends FreshStorage {
  private static final long ID = 6;
  private static final TableSchema TABLE =
      new TableSchema(
          ID,
          "columnar",
          "notes",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "note", TestRows.type(StorageKind.TEXT), false)),
          List.of(1));

  @Test
  void vacuumLeavesOneSortedFileWithoutDeletedRows() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
      List<List<Object>> expected = rows(storage, TABLE);
      try (Snapshot before = storage.pin()) {
        Vacuumed done = storage.vacuum(ID, stopper -> {});
        assertThat(done.filesBefore()).isEqualTo(2);
        assertThat(done.filesAfter()).isEqualTo(1);
        assertThat(done.rowsRemoved()).isEqualTo(4);
        CompactionFigures figures = storage.compactionFigures();
        assertThat(figures.runs()).isOne();
        assertThat(figures.failures()).isZero();
        assertThat(figures.filesRead()).isEqualTo(2);
        assertThat(figures.bytesRead()).isEqualTo(done.bytesBefore());
        assertThat(figures.files()).isOne();
        assertThat(figures.bytes()).isEqualTo(done.bytesAfter());
        assertThat(figures.nanos()).isPositive();
        assertThat(rows(storage, before, TABLE)).isEqualTo(expected);
      }
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(fixture.queryText("SELECT sorted_by FROM datrang.files")).isEqualTo("{1}");
      assertThat(fixture.queryText("SELECT count(*) FROM datrang.deletion_vectors")).isEqualTo("0");
      assertThat(icebergRows()).isEqualTo(expected);
      storage.flush(); // readers are gone: so are the old files
      assertThat(dataFiles()).hasSize(1);
      assertThat(storage.vacuum(ID, stopper -> {}).bytesAfter())
          .isEqualTo(storage.status(ID).orElseThrow().bytes());
      assertThat(storage.status(ID).orElseThrow().files()).isEqualTo(1);
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).hasSize(16);
    }
  }

  @Test
  void rowsAreSortedByTheChosenColumns() throws SQLException {
    try (LocalStorage storage = fixture.open();
        DuckDBConnection connection = storage.connect()) {
      fill(storage);
      fixture.execute("UPDATE datrang.tables SET cluster_by = '{2}'");
      storage.vacuum(ID, stopper -> {});
      assertThat(fixture.queryText("SELECT sorted_by FROM datrang.files")).isEqualTo("{2,1}");
      try (Snapshot snapshot = storage.pin()) {
        String inFileOrder =
            snapshot
                .table(ID)
                .orElseThrow()
                .plan(new Predicate.Any())
                .relation(List.of("id", "note"));
        List<List<Object>> found =
            TestRows.query(connection, storage.allocator(), TABLE.columns(), inFileOrder);
        assertThat(found).isSortedAccordingTo(this::byNoteAndId);
      }
    }
  }

  private int byNoteAndId(List<Object> one, List<Object> other) {
    int notes = one.get(1).toString().compareTo(other.get(1).toString());
    return notes != 0 ? notes : Long.compare((Long) one.get(0), (Long) other.get(0));
  }

  @Test
  void whatIsDeletedMeanwhileStaysDeleted() {
    List<LocalStorage> opened = new ArrayList<>();
    Consumer<Step> meanwhile =
        step -> {
          if (step == Step.WRITTEN) {
            LocalStorage storage = opened.get(0);
            apply(storage, 50, TABLE, List.of(List.of(2L), List.of(3L)), List.of(List.of(3L, "x")));
            storage.flush();
            apply(storage, 51, TABLE, List.of(List.of(3L), List.of(4L)), List.of());
          }
        };
    try (LocalStorage storage = open(meanwhile)) {
      opened.add(storage);
      fill(storage);
      List<List<Object>> expected =
          rows(storage, TABLE).stream()
              .filter(r -> !List.of(2L, 3L, 4L).contains((Long) r.get(0)))
              .toList();
      storage.vacuum(ID, stopper -> {});
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      storage.flush();
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(icebergRows()).isEqualTo(expected);
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).hasSize(13);
    }
  }

  /** Flushes merge small files, and let go of files without rows; not of these. */
  @Test
  void flushesDoNotTakeAwayWhatIsBeingWritten() {
    List<LocalStorage> opened = new ArrayList<>();
    Consumer<Step> meanwhile =
        step -> {
          if (step == Step.CHOSEN) {
            LocalStorage storage = opened.get(0);
            List<List<Object>> gone = List.of(List.of(10L), List.of(11L), List.of(12L));
            apply(storage, 50, TABLE, gone, List.of(List.of(90L, "new")));
            storage.flush();
            apply(storage, 51, TABLE, List.of(List.of(21L)), List.of(List.of(91L, "new")));
            storage.flush();
          }
        };
    try (LocalStorage storage = open(meanwhile)) {
      opened.add(storage);
      fixture.addEmpty(storage, TABLE);
      List<List<Object>> expected = new ArrayList<>();
      for (long file = 1; file <= 4; file++) {
        List<List<Object>> some = new ArrayList<>();
        for (long id = 10 * file; id < 10 * file + 3; id++) {
          some.add(List.of(id, "n"));
        }
        apply(storage, file, TABLE, List.of(), some);
        storage.flush();
        expected.addAll(some);
      }
      expected.removeIf(row -> (Long) row.get(0) < 20 || (Long) row.get(0) == 21);
      expected.add(List.of(90L, "new"));
      expected.add(List.of(91L, "new"));
      storage.vacuum(ID, stopper -> {});
      assertThat(storage.compactionFigures().runs()).isEqualTo(1);
      assertThat(storage.compactionFigures().failures()).isZero();
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(icebergRows()).isEqualTo(expected);
      assertThat(storage.check(ID, () -> false)).isEmpty();
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).hasSize(10);
    }
  }

  @Test
  void aTruncatedOrDroppedTableIsLeftAlone() {
    List<LocalStorage> opened = new ArrayList<>();
    Consumer<Step> meanwhile =
        step -> {
          if (step == Step.WRITTEN) {
            LocalStorage storage = opened.get(0);
            try (ChangeBatch batch =
                StorageFixture.batch(
                    storage, 60, TABLE, true, List.of(), List.of(List.of(1L, "new")))) {
              storage.apply(batch);
            }
            storage.flush();
          }
        };
    try (LocalStorage storage = open(meanwhile)) {
      opened.add(storage);
      fill(storage);
      storage.vacuum(ID, stopper -> {});
      assertThat(rows(storage, TABLE)).isEqualTo(List.of(List.of(1L, "new")));
      storage.flush();
      assertThat(dataFiles()).hasSize(1);
    }
  }

  @Test
  void aStoppedVacuumChangesNothing() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
      List<List<Object>> expected = rows(storage, TABLE);
      assertThatThrownBy(() -> storage.vacuum(ID, Runnable::run))
          .isInstanceOf(StorageException.class);
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(storage.status(ID).orElseThrow().files()).isEqualTo(2);
      assertThat(dataFiles()).hasSize(2);
    }
  }

  /** The process ends there: nothing of it runs any more. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1;
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void A10_crashAtEveryStep(Step deadly) {
    LocalStorage dead =
        open(
            step -> {
              if (step == deadly) {
                throw new Death();
              }
            });
    fill(dead);
    List<List<Object>> expected = rows(dead, TABLE);
    assertThatThrownBy(() -> dead.vacuum(ID, stopper -> {})).isInstanceOf(Death.class);
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(icebergRows()).isEqualTo(expected);
      assertThat(storage.vacuum(ID, stopper -> {}).filesAfter()).isEqualTo(1);
      storage.flush();
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(dataFiles()).hasSize(1);
    } finally {
      dead.close();
    }
  }

  @Test
  void replacedFilesStayForTheTimeOfTheHistory() {
    StorageConfig config = fixture.config(Duration.ofHours(1));
    try (LocalStorage storage = LocalStorage.open(config)) {
      fill(storage);
      storage.vacuum(ID, stopper -> {});
      storage.flush();
      assertThat(dataFiles()).hasSize(4);
    }
    try (LocalStorage storage = fixture.open()) { // without history
      storage.vacuum(ID, stopper -> {});
      storage.flush();
      assertThat(dataFiles()).hasSize(1);
      assertThat(icebergRows()).hasSize(16);
    }
  }

  private LocalStorage open(Consumer<Step> steps) {
    return LocalStorage.open(fixture.config(), failure -> {}, steps);
  }

  /** Ids 1 to 20 in two files, of which 4 rows are deleted again; a third file comes and goes. */
  private void fill(LocalStorage storage) {
    fixture.addEmpty(storage, TABLE);
    Random random = new Random(7);
    List<List<Object>> all =
        LongStream.rangeClosed(1, 20)
            .mapToObj(i -> List.<Object>of(i, "n" + random.nextInt(100)))
            .toList();
    apply(storage, 1, TABLE, List.of(), everyOther(all, 0));
    storage.flush();
    apply(storage, 2, TABLE, List.of(), everyOther(all, 1));
    storage.flush();
    apply(storage, 3, TABLE, List.of(List.of(5L), List.of(6L)), List.of(List.of(21L, "m")));
    storage.flush();
    apply(storage, 4, TABLE, List.of(List.of(7L), List.of(8L), List.of(21L)), List.of());
    storage.flush();
  }

  private static List<List<Object>> everyOther(List<List<Object>> rows, int remainder) {
    return rows.stream().filter(r -> (Long) r.get(0) % 2 == remainder).toList();
  }

  private List<List<Object>> icebergRows() {
    try (IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      List<List<Object>> rows = new ArrayList<>(reader.rows(TABLE));
      rows.sort((one, other) -> Long.compare((Long) one.get(0), (Long) other.get(0)));
      return rows;
    }
  }

  private List<Path> dataFiles() {
    return fixture.files().stream().filter(f -> f.toString().endsWith(".parquet")).toList();
  }
}
