package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.testing.FileSizeLimit;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Writing fails at every place where the disk can be full: a limit on the size of this process's
 * files is raised step by step, so that first the smallest file cannot be written and at last the
 * largest can. Nothing is lost, nothing is left behind, and the next attempt works.
 */
class DiskFullIT extends FreshStorage {
  private static final TableSchema TABLE =
      new TableSchema(
          5,
          "columnar",
          "t",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "note", TestRows.type(StorageKind.TEXT), false)),
          List.of(1),
          1);
  private static final int ROWS = 400;

  private final Random random = new Random(7);

  /** Rows of texts that do not compress. */
  private List<List<Object>> someRows(int from) {
    List<List<Object>> some = new ArrayList<>();
    for (long id = from; id < from + ROWS; id++) {
      some.add(List.of(id, Long.toString(random.nextLong(), 36).repeat(2)));
    }
    return some;
  }

  /** Tries until it works; answers how often it did not. */
  private int raiseLimitUntil(LocalStorage storage, Runnable work) {
    List<List<Object>> expected = rows(storage, TABLE);
    Set<Path> before = new TreeSet<>(fixture.files());
    int failures = 0;
    for (int bytes = 1; bytes < 1 << 20; bytes *= 2) {
      try (FileSizeLimit limit = FileSizeLimit.of(bytes)) {
        work.run();
        return failures;
      } catch (StorageException e) {
        failures++;
        assertThat(e).matches(FullDisk::isReasonOf);
        assertThat(e).isNotInstanceOf(CommitStateUnknownException.class);
        assertThat(storage.status(TABLE.tableId()).orElseThrow().error()).isNull();
      }
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(new TreeSet<>(fixture.files())).isEqualTo(before);
    }
    throw new AssertionError("it never worked");
  }

  @Test
  void aFlushIsMadeAgain() {
    List<List<Object>> expected;
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), someRows(0));
      assertThat(raiseLimitUntil(storage, storage::flush)).isGreaterThan(8);
      List<List<Object>> gone = new ArrayList<>();
      for (long id = 0; id < ROWS; id += 3) {
        gone.add(List.of(id));
      }
      apply(storage, 20, TABLE, gone, someRows(ROWS));
      assertThat(raiseLimitUntil(storage, storage::flush)).isGreaterThan(8);
      apply(storage, 30, TABLE, List.of(List.of(1L)), List.of());
      assertThat(raiseLimitUntil(storage, storage::flush)).isPositive(); // a deletion vector
      expected = rows(storage, TABLE);
      assertThat(expected).hasSize(2 * ROWS - gone.size() - 1);
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
    }
  }

  @Test
  void aCompactionIsMadeAgain() {
    List<List<Object>> expected;
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      for (int i = 0; i < 3; i++) {
        apply(storage, 10 + i, TABLE, List.of(List.of(3L)), someRows(i * ROWS));
        storage.flush();
      }
      apply(storage, 20, TABLE, List.of(List.of(5L), List.of(ROWS + 5L)), List.of());
      storage.flush();
      Runnable vacuum = () -> storage.vacuum(TABLE.tableId(), stop -> {});
      assertThat(raiseLimitUntil(storage, vacuum)).isGreaterThan(8);
      expected = rows(storage, TABLE);
      assertThat(storage.status(TABLE.tableId()).orElseThrow().files()).isEqualTo(1);
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
    }
  }

  @Test
  void aFirstCopyIsMadeAgain() {
    try (LocalStorage storage = fixture.open()) {
      fixture.register(TABLE);
      int failures = 0;
      boolean done = false;
      List<List<Object>> copied = someRows(0);
      for (int bytes = 1; !done && bytes < 1 << 20; bytes *= 2) {
        try (Backfill backfill = storage.beginBackfill(TABLE);
            var batch = TestRows.rows(TABLE, storage.allocator(), copied)) {
          try (FileSizeLimit limit = FileSizeLimit.of(bytes)) {
            try (Backfill.Writer writer = backfill.newWriter()) {
              writer.write(batch);
            }
            backfill.commit(new Lsn(10));
          }
          done = true;
        } catch (StorageException e) {
          failures++;
          assertThat(e).matches(FullDisk::isReasonOf);
        }
      }
      assertThat(failures).isGreaterThan(8);
      storage.advance(new Lsn(20));
      storage.flush();
      assertThat(rows(storage, TABLE)).isEqualTo(copied);
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).hasSize(ROWS);
    }
  }
}
