package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.index.FileIndex;
import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Operator;
import io.datrang.storage.files.FilesUnavailableException;
import io.datrang.storage.files.LocalFiles;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Damaged, truncated and missing files stop their table, and nothing else; wrong index rows go. */
class DamagedFilesIT extends FreshStorage {
  private static final TableSchema HURT = table(1, "hurt");
  private static final TableSchema SOUND = table(2, "sound");

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

  @Test
  void allIsWell() {
    try (LocalStorage storage = filled()) {
      assertThat(storage.check(1, () -> false)).isEmpty();
      assertThat(rows(storage, HURT)).hasSize(99);
    }
  }

  @Test
  void aChangedByteIsFoundWithItsPlace() throws IOException {
    try (LocalStorage storage = filled()) {
      flip(file(1, ".parquet"), 20);
      List<FileProblem> problems = storage.check(1, () -> false);
      assertThat(problems).hasSize(1);
      assertThat(problems.get(0).offset()).isEqualTo(4);
      assertThat(problems.get(0).message()).contains("at byte 4", "have changed since");
      assertStopped(storage, "at byte 4");
      assertThat(storage.check(2, () -> false)).isEmpty();
      storage.flush();
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(storage.pin().table(1).orElseThrow().frozenAt()).contains(new Lsn(4));
      assertThat(rows(storage, SOUND)).hasSize(101);
    }
    assertThat(state(1)).isEqualTo("error");
    assertThat(state(2)).isEqualTo("streaming");
  }

  @Test
  void whoIsToldToEndStopsNoTable() throws IOException {
    try (LocalStorage storage = filled()) {
      Path path = file(1, ".parquet");
      FileIndex index = new FileIndex(List.of());
      DataFile file = DataFile.stored(0, path, 1, Files.size(path), index, List.of(), null);
      FileCheck check = new FileCheck(HURT, new LocalFiles());
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> check.file(file, List.of(), index))
          .isInstanceOf(FilesUnavailableException.class);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(check.problems()).isEmpty();
      flip(path, 20);
      Iterator<Boolean> stopped = List.of(false, true).iterator();
      assertThatThrownBy(() -> storage.check(1, stopped::next)).hasMessage("stopped");
      assertThat(storage.pin().table(1).orElseThrow().frozenAt()).isEmpty();
    }
  }

  @Test
  void aChangedDeletionVectorIsFound() throws IOException {
    try (LocalStorage storage = filled()) {
      flip(file(1, ".puffin"), 12);
      assertThat(storage.check(1, () -> false)).hasSize(1);
      assertStopped(storage, "deletion vector");
    }
  }

  @Test
  void aTruncatedFileStopsItsTableWhenFlushed() throws IOException {
    try (LocalStorage storage = filled()) {
      Path file = file(1, ".parquet");
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(100);
      }
      apply(storage, 10, HURT, List.of(List.of(7L)), List.of());
      apply(storage, 11, SOUND, List.of(List.of(7L)), List.of());
      assertThat(storage.flush()).isEqualTo(new Lsn(11));
      assertStopped(storage, "at byte 100: it has 100 bytes and should have");
      apply(storage, 12, HURT, List.of(), List.of(List.of(700L, "x")));
      storage.flush();
    }
    try (LocalStorage storage = fixture.open()) {
      assertStopped(storage, "100 bytes");
    }
  }

  @Test
  void aMissingFileStopsItsTableAtTheStart() throws IOException {
    filled().close();
    Files.delete(file(1, ".parquet"));
    try (LocalStorage storage = fixture.open()) {
      assertStopped(storage, "is missing");
      apply(storage, 20, SOUND, List.of(), List.of(List.of(500L, "new")));
      storage.flush();
      try (Backfill backfill = storage.beginBackfill(HURT)) {
        backfill.commit(new Lsn(20));
      }
      assertThat(rows(storage, HURT)).isEmpty();
    }
    assertThat(state(1)).isEqualTo("streaming");
  }

  @Test
  void aStartThatIsInterruptedStopsNoTable() {
    filled().close();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> fixture.open())
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("stopped while the tables were restored");
    } finally {
      Thread.interrupted();
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, HURT)).hasSize(99);
      storage.flush();
    }
    assertThat(state(1)).isEqualTo("streaming");
  }

  @Test
  void aMissingDirectoryIsNoReasonToForgetEverything() throws IOException {
    filled().close();
    Path elsewhere = fixture.directory().resolve("elsewhere");
    Files.createDirectory(elsewhere);
    for (long id = 1; id <= 2; id++) {
      Files.move(fixture.directory().resolve("t" + id), elsewhere.resolve("t" + id));
    }
    assertThatThrownBy(() -> fixture.open().close()).hasMessageContaining("and mounted?");
    assertThat(state(1)).isEqualTo("streaming");
  }

  @Test
  void wrongIndexRowsAreFoundAndMadeAnew() {
    try (LocalStorage storage = filled()) {
      String chunks =
          "SELECT md5(string_agg(c::text, ',' ORDER BY c)) FROM datrang.column_chunks c";
      String before = fixture.queryText(chunks);
      fixture.execute(
          "UPDATE datrang.column_chunks SET lower_bound = '\\x6300000000000000', null_count = 7"
              + " WHERE field_id = 1 AND file_id ="
              + " (SELECT min(file_id) FROM datrang.files WHERE table_id = 1)");
      List<FileProblem> problems = storage.check(1, () -> false);
      assertThat(problems).hasSize(1);
      assertThat(problems.get(0).problem()).contains("column \"id\" of row group 0");
      assertThat(rows(storage, HURT)).hasSize(99);
      assertThat(storage.reindex(1)).isEqualTo(1);
      assertThat(storage.check(1, () -> false)).isEmpty();
      assertThat(fixture.queryText(chunks)).isEqualTo(before);
    }
  }

  @Test
  void editedIndexRowsAreNotBelieved() {
    String first = " WHERE file_id = (SELECT min(file_id) FROM datrang.files WHERE table_id = 1)";
    for (String edit :
        List.of(
            "UPDATE datrang.column_chunks SET lower_bound = '\\x6300000000000000'" + first,
            "UPDATE datrang.column_chunks SET null_count = 7" + first,
            "DELETE FROM datrang.column_chunks" + first,
            "DELETE FROM datrang.row_groups" + first,
            "UPDATE datrang.row_groups SET rows = 7" + first)) {
      try (StorageFixture another = anotherFixture()) {
        filled(another).close();
        another.execute(edit);
        try (LocalStorage storage = another.open()) {
          assertThat(rows(storage, HURT)).as(edit).hasSize(99);
          try (Snapshot snapshot = storage.pin()) {
            TableSnapshot table = snapshot.table(1).orElseThrow();
            assertThat(table.rowCount()).as(edit).isEqualTo(99);
            assertThat(table.plan(new Compare(1, Operator.EQ, 3L)).files()).isEqualTo(1);
          }
          assertThat(storage.check(1, () -> false))
              .as(edit)
              .isNotEmpty()
              .noneMatch(p -> p.damaged());
          assertThat(storage.reindex(1)).isEqualTo(1);
          assertThat(storage.check(1, () -> false)).as(edit).isEmpty();
        }
        try (LocalStorage storage = another.open();
            Snapshot snapshot = storage.pin()) {
          ScanPlan plan = snapshot.table(1).orElseThrow().plan(new Compare(1, Operator.EQ, 300L));
          assertThat(plan.files()).as(edit).isZero();
        }
      }
    }
  }

  @Test
  void anEditedNumberOfRowsStopsItsTable() {
    filled().close();
    fixture.execute("UPDATE datrang.files SET rows = rows + 1 WHERE table_id = 1");
    try (LocalStorage storage = fixture.open()) {
      assertStopped(storage, "it has 101 rows and should have 102");
    }
  }

  private void assertStopped(LocalStorage storage, String because) {
    try (Snapshot snapshot = storage.pin()) {
      assertThat(snapshot.table(1).orElseThrow().unreadableBecause())
          .contains(because, "datrang.resync()");
    }
    assertThat(rows(storage, SOUND)).hasSizeGreaterThan(99);
    storage.flush();
    assertThat(state(1)).isEqualTo("error");
  }

  /** Ids 1 to 101 in each, of which one is deleted from the first table's file, and one again. */
  private LocalStorage filled() {
    return filled(fixture);
  }

  private static LocalStorage filled(StorageFixture fixture) {
    LocalStorage storage = fixture.open();
    List<List<Object>> all =
        LongStream.rangeClosed(1, 101).mapToObj(i -> List.<Object>of(i, "note " + i)).toList();
    fixture.addEmpty(storage, HURT);
    fixture.addEmpty(storage, SOUND);
    apply(storage, 1, HURT, List.of(), all);
    apply(storage, 2, SOUND, List.of(), all);
    storage.flush();
    apply(storage, 3, HURT, List.of(List.of(5L)), List.of());
    apply(storage, 4, HURT, List.of(List.of(6L)), List.of());
    storage.flush();
    return storage;
  }

  private Path file(long table, String suffix) {
    return fixture.files().stream()
        .filter(f -> f.startsWith(fixture.directory().resolve("t" + table)))
        .filter(f -> f.toString().endsWith(suffix))
        .findFirst()
        .orElseThrow();
  }

  private static void flip(Path file, long position) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, position);
      one.put(0, (byte) (one.get(0) ^ 0x40)).flip();
      channel.write(one, position);
    }
  }

  private String state(long table) {
    return fixture.queryText("SELECT state FROM datrang.tables WHERE table_id = " + table);
  }
}
