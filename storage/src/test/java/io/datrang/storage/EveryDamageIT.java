package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static io.datrang.storage.TwoTables.HURT;
import static io.datrang.storage.TwoTables.SOUND;
import static io.datrang.storage.TwoTables.without5;
import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.types.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of file of a table, cut, changed, missing, or another table's: right answers or an
 * error that names the file, nothing for other tables to notice, and a repair.
 */
class EveryDamageIT extends FreshStorage {
  enum Kind {
    DATA("", ".parquet"),
    VECTOR("", ".puffin"),
    METADATA("", ".metadata.json"),
    MANIFEST_LIST("snap-", ".avro"),
    MANIFEST("", "-m0.avro");

    private final String start;
    private final String end;

    Kind(String start, String end) {
      this.start = start;
      this.end = end;
    }

    /** A place where every change matters. */
    int changedAt(int length) {
      return switch (this) {
        case DATA -> length / 2;
        case VECTOR -> 12;
        case METADATA, MANIFEST_LIST, MANIFEST -> 0;
      };
    }

    boolean isOf(Path file) {
      String name = file.getFileName().toString();
      return name.startsWith(start) && name.endsWith(end);
    }
  }

  enum Damage {
    CUT,
    CHANGED,
    MISSING,
    FOREIGN
  }

  static Stream<Arguments> atRest() {
    return all(Damage.CUT, Damage.MISSING);
  }

  static Stream<Arguments> atWork() {
    return all(Damage.CHANGED, Damage.MISSING, Damage.FOREIGN);
  }

  private static Stream<Arguments> all(Damage... damages) {
    return Arrays.stream(Kind.values())
        .flatMap(kind -> Arrays.stream(damages).map(each -> Arguments.of(kind, each)));
  }

  @ParameterizedTest
  @MethodSource("atRest")
  void beforeTheStart(Kind kind, Damage damage) throws IOException {
    try (LocalStorage storage = fixture.open()) {
      TwoTables.fill(fixture, storage);
    }
    Path file = hurt(kind, damage);
    try (LocalStorage storage = fixture.open()) {
      check(storage, kind, damage, file);
    }
  }

  @ParameterizedTest
  @MethodSource("atWork")
  void whileItRuns(Kind kind, Damage damage) throws IOException {
    try (LocalStorage storage = fixture.open()) {
      TwoTables.fill(fixture, storage);
      Path file = hurt(kind, damage);
      check(storage, kind, damage, file);
    }
  }

  private void check(LocalStorage storage, Kind kind, Damage damage, Path file) {
    assertThat(rows(storage, SOUND)).isEqualTo(without5(900));
    if (isReadable(storage)) {
      List<FileProblem> problems = storage.check(1, () -> false);
      // What leads to another table's manifest is named for it.
      Path named = damage == Damage.FOREIGN ? file.getParent() : file;
      assertThat(problems).isNotEmpty().allMatch(p -> p.message().contains(named.toString()));
    }
    boolean damaged = !isReadable(storage);
    assertThat(damaged).isEqualTo(kind == Kind.DATA || kind == Kind.VECTOR);
    apply(storage, 10, SOUND, List.of(List.of(900L)), List.of());
    if (damaged) {
      assertThat(because(storage)).contains(file.toString(), "datrang.resync()");
      try (Backfill backfill = storage.beginBackfill(HURT)) {
        backfill.commit(new Lsn(10));
      }
      apply(storage, 11, HURT, List.of(), without5(999));
    } else {
      assertThat(rows(storage, HURT)).isEqualTo(without5(1000));
      apply(storage, 11, HURT, List.of(List.of(1000L)), List.of());
    }
    assertThat(storage.flush()).isEqualTo(new Lsn(11));
    storage.reindex(1);
    assertThat(storage.check(1, () -> false)).isEmpty();
    assertThat(storage.check(2, () -> false)).isEmpty();
    try (IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      assertThat(reader.rows(HURT)).isEqualTo(rows(storage, HURT)).isEqualTo(without5(999));
      assertThat(reader.rows(SOUND)).isEqualTo(rows(storage, SOUND)).isEqualTo(without5(899));
    }
  }

  private static boolean isReadable(LocalStorage storage) {
    return because(storage) == null;
  }

  private static String because(LocalStorage storage) {
    try (Snapshot snapshot = storage.pin()) {
      return snapshot.table(1).orElseThrow().unreadableBecause();
    }
  }

  /** Does it to the newest such file. */
  private Path hurt(Kind kind, Damage damage) throws IOException {
    Path file = newest(1, kind);
    byte[] bytes = Files.readAllBytes(file);
    switch (damage) {
      case CUT -> Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      case CHANGED -> {
        bytes[kind.changedAt(bytes.length)] ^= 0x15;
        Files.write(file, bytes);
      }
      case MISSING -> Files.delete(file);
      case FOREIGN -> Files.write(file, Files.readAllBytes(newest(2, kind)));
    }
    return file;
  }

  private Path newest(long table, Kind kind) {
    Path directory = fixture.directory().resolve("t" + table);
    return fixture.files().stream()
        .filter(file -> file.startsWith(directory) && kind.isOf(file))
        .max(Comparator.comparing(EveryDamageIT::modified))
        .orElseThrow();
  }

  private static java.nio.file.attribute.FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
