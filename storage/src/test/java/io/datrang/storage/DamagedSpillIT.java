package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Changes that the engine has spilled, and that are changed on the disk: never in files. */
class DamagedSpillIT extends FreshStorage {
  private static final TableSchema TABLE =
      new TableSchema(
          7,
          "columnar",
          "spilled",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "note", TestRows.type(StorageKind.TEXT), false)),
          List.of(1));
  private static final int BATCHES = 24;
  private static final int BATCH_ROWS = 500;
  private static final int TEXT_BYTES = 8000;

  /** Less than the rows take. */
  private static final long ENGINE_BYTES = 64L << 20;

  private StorageConfig config() {
    StorageConfig usual = fixture.config();
    return new StorageConfig(
        usual.dataDirectory(),
        usual.catalog(),
        ENGINE_BYTES,
        0,
        1,
        usual.engineTempDirectory(),
        usual.engineTempBytesMax(),
        StorageConfig.SPILL_IS_CHECKED,
        usual.flushInterval(),
        usual.flushRows(),
        usual.fileBytesTarget(),
        usual.smallFilesMax(),
        usual.compactionInterval(),
        usual.compactionBytesPerSecond(),
        Duration.ZERO,
        usual.files());
  }

  @Test
  void whatWasSpilledAndIsDamagedIsNotWritten() throws IOException {
    try (LocalStorage storage = LocalStorage.open(config())) {
      fixture.addEmpty(storage, TABLE);
      stage(storage); // what is applied is flushed when it is much
      assertThat(damage(config().engineTempDirectory())).isGreaterThan(10);
      apply(storage, 1, TABLE, List.of(), List.of(List.of(-1L, "the last one")));
      assertThatThrownBy(storage::flush)
          .isInstanceOf(CommitStateUnknownException.class)
          .hasMessageContaining("damaged temporary file");
    }
    try (LocalStorage storage = LocalStorage.open(config())) {
      assertThat(storage.durableLsn()).isLessThan(new Lsn(1));
      assertThat(rows(storage, TABLE)).isEmpty();
      apply(storage, 1, TABLE, List.of(), List.of(List.of(1L, "again")));
      assertThat(storage.flush()).isEqualTo(new Lsn(1));
      assertThat(rows(storage, TABLE)).containsExactly(List.of(1L, "again"));
    }
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
      try (ChangeBatch part = StorageFixture.batch(storage, 1, TABLE, false, List.of(), some)) {
        storage.stage(part);
      }
    }
  }

  /** Changes a byte in every few thousand; answers in how many places. */
  private static int damage(Path directory) throws IOException {
    List<Path> spilled;
    try (Stream<Path> all = Files.list(directory)) {
      spilled = all.filter(file -> file.toString().endsWith(".tmp")).toList();
    }
    int places = 0;
    for (Path each : spilled) {
      try (RandomAccessFile file = new RandomAccessFile(each.toFile(), "rw")) {
        for (long at = 1000; at < file.length(); at += 16_384) {
          file.seek(at);
          int there = file.read();
          file.seek(at);
          file.write(there ^ 0x15);
          places++;
        }
      }
    }
    return places;
  }
}
