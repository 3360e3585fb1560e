package io.datrang.storage;

import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.testing.FileSizeLimit;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The disk is full where the engine has its temporary files: who needs them fails and says so,
 * others go on, and nothing is lost.
 */
class FullSpillIT extends FreshStorage {
  private static final TableSchema LARGE = table(7, "large");
  private static final TableSchema SMALL = table(8, "small");
  private static final int BATCHES = 40;
  private static final int BATCH_ROWS = 500;
  private static final int TEXT_BYTES = 8000;

  /** Less than the rows take. */
  private static final long ENGINE_BYTES = 64L << 20;

  private static final long DISK_BYTES = 1 << 20;

  private static final String SORT =
      "SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY md5(i::VARCHAR)) AS n, i"
          + " FROM range(3000000) t(i)) WHERE n > i";

  private static TableSchema table(long id, String name) {
    return new TableSchema(
        id,
        "columnar",
        name,
        List.of(
            new Column(1, "id", TestRows.type(StorageKind.INT8), true),
            new Column(2, "note", TestRows.type(StorageKind.TEXT), false)),
        List.of(1));
  }

  @BeforeEach
  void limitEngine() {
    fixture.engine(ENGINE_BYTES);
  }

  @Test
  void aQueryFailsAndOthersGoOn() throws Exception {
    try (LocalStorage storage = opened();
        DuckDBConnection connection = storage.connect()) {
      try (FileSizeLimit limit = FileSizeLimit.of(DISK_BYTES)) {
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(() -> sort(storage, connection))
              .isInstanceOf(SQLException.class)
              .hasMessageStartingWith("IO Error")
              .matches(FullDisk::isReasonOf);
          assertThat(rows(storage, SMALL)).containsExactly(List.of(1L, "there"));
        }
        StorageFixture.apply(storage, 2, SMALL, List.of(), List.of(List.of(2L, "and this")));
        assertThat(rows(storage, SMALL)).hasSize(2);
      }
      sort(storage, connection);
    }
    assertThat(temporary()).isEmpty();
  }

  @Test
  void changesThatDoNotFitAreTakenLater() throws Exception {
    try (LocalStorage storage = opened()) {
      try (FileSizeLimit limit = FileSizeLimit.of(DISK_BYTES)) {
        assertThatThrownBy(() -> stage(storage))
            .isInstanceOf(StorageException.class)
            .isNotInstanceOf(CommitStateUnknownException.class)
            .matches(FullDisk::isReasonOf);
        storage.unstage();
        assertThat(rows(storage, SMALL)).hasSize(1);
      }
      stage(storage);
      publish(storage);
      storage.flush();
      assertThat(count(storage)).isEqualTo(BATCHES * BATCH_ROWS);
    }
    assertThat(temporary()).isEmpty();
  }

  @Test
  void aFlushOfSpilledChangesIsMadeAgain() throws Exception {
    try (LocalStorage storage = opened()) {
      stage(storage);
      List<Path> before = dataFiles();
      try (FileSizeLimit limit = FileSizeLimit.of(DISK_BYTES)) {
        publish(storage); // which also asks for a flush
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(storage::flush)
              .isInstanceOf(StorageException.class)
              .isNotInstanceOf(CommitStateUnknownException.class)
              .matches(FullDisk::isReasonOf);
          assertThat(dataFiles()).isEqualTo(before);
        }
      }
      assertThat(rows(storage, SMALL)).hasSize(1);
      assertThat(count(storage)).isEqualTo(BATCHES * BATCH_ROWS);
      assertThat(storage.flush()).isEqualTo(new Lsn(2));
    }
    assertThat(temporary()).isEmpty();
    try (LocalStorage storage = fixture.open()) {
      assertThat(count(storage)).isEqualTo(BATCHES * BATCH_ROWS);
    }
  }

  private static void sort(LocalStorage storage, DuckDBConnection connection) throws Exception {
    try (EngineStream stream = EngineStream.open(connection, storage.allocator(), SORT, 100)) {
      assertThat(stream.next()).isTrue();
    }
  }

  private LocalStorage opened() {
    LocalStorage storage = fixture.open();
    fixture.addEmpty(storage, LARGE);
    fixture.addEmpty(storage, SMALL);
    StorageFixture.apply(storage, 1, SMALL, List.of(), List.of(List.of(1L, "there")));
    storage.flush();
    return storage;
  }

  /** Texts that do not compress. */
  private static void stage(LocalStorage storage) {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder();
    for (int batch = 0; batch < BATCHES; batch++) {
      List<List<Object>> some = new ArrayList<>();
      for (int row = 0; row < BATCH_ROWS; row++) {
        text.setLength(0);
        while (text.length() < TEXT_BYTES) {
          text.append(Long.toString(random.nextLong(), Character.MAX_RADIX));
        }
        some.add(List.of((long) batch * BATCH_ROWS + row, text.toString()));
      }
      try (ChangeBatch part = StorageFixture.batch(storage, 2, LARGE, false, List.of(), some)) {
        storage.stage(part);
      }
    }
  }

  private static void publish(LocalStorage storage) {
    try (ChangeBatch end = new ChangeBatch(new Lsn(2), List.of())) {
      storage.apply(end);
    }
  }

  private static long count(LocalStorage storage) {
    try (Snapshot snapshot = storage.pin()) {
      return snapshot.table(LARGE.tableId()).orElseThrow().rowCount();
    }
  }

  private List<Path> dataFiles() {
    return fixture.files().stream().filter(f -> f.toString().contains("/data/")).toList();
  }

  private List<Path> temporary() throws IOException {
    try (Stream<Path> all = Files.list(fixture.config().engineTempDirectory())) {
      return all.toList();
    }
  }
}
