package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static io.datrang.storage.TwoTables.HURT;
import static io.datrang.storage.TwoTables.SOUND;
import static io.datrang.storage.TwoTables.without5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Others who commit to a table's Iceberg form are noticed: it is left to them until it is made
 * anew, and our own readers and other tables are not affected.
 */
class ExternalWriterIT extends FreshStorage {
  enum Writer {
    APPEND(
        table -> {
          FileScanTask task = table.newScan().planFiles().iterator().next();
          DataFile again =
              DataFiles.builder(PartitionSpec.unpartitioned())
                  .copy(task.file())
                  .withPath(task.file().location() + ".copy.parquet")
                  .build();
          table.newAppend().appendFile(again).commit();
        }),
    DELETE(table -> table.newDelete().deleteFromRowFilter(Expressions.alwaysTrue()).commit()),
    EXPIRE(
        table ->
            table
                .expireSnapshots()
                .expireOlderThan(System.currentTimeMillis() + 1000)
                .retainLast(1)
                .cleanExpiredFiles(false)
                .commit()),
    PROPERTIES(table -> table.updateProperties().set("owner", "somebody else").commit());

    private final Consumer<Table> commit;

    Writer(Consumer<Table> commit) {
      this.commit = commit;
    }
  }

  @ParameterizedTest
  @EnumSource
  void anothersCommitIsNoticedAndTakenBackOnDemand(Writer writer) {
    StorageConfig config = fixture.config(Duration.ofHours(1));
    String theirs;
    try (LocalStorage storage = LocalStorage.open(config);
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      TwoTables.fill(fixture, storage);
      assertThat(storage.check(1, () -> false)).isEmpty();
      writer.commit.accept(reader.table(HURT));
      theirs = pointer(1);
      assertThat(storage.check(1, () -> false))
          .singleElement()
          .matches(p -> p.message().contains("another writer") && !p.damaged())
          .matches(p -> theirs.endsWith(p.file().getFileName().toString()));
      assertThat(storage.check(2, () -> false)).isEmpty();
      apply(storage, 10, HURT, List.of(List.of(1000L)), List.of());
      apply(storage, 11, SOUND, List.of(List.of(900L)), List.of());
      assertThat(storage.flush()).isEqualTo(new Lsn(11));
      assertLeft(storage, reader, theirs);
      assertThat(rows(storage, HURT)).isEqualTo(without5(999));
    }
    try (LocalStorage storage = LocalStorage.open(config);
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      assertThat(rows(storage, HURT)).isEqualTo(without5(999));
      apply(storage, 20, HURT, List.of(List.of(999L)), List.of());
      storage.flush();
      storage.vacuum(1, stopper -> {});
      assertLeft(storage, reader, theirs);
      storage.reindex(1);
      assertThat(storage.check(1, () -> false)).isEmpty();
      assertThat(error()).isNull();
      assertThat(reader.rows(HURT)).isEqualTo(without5(998));
      apply(storage, 30, HURT, List.of(List.of(998L)), List.of());
      storage.flush();
      assertThat(reader.rows(HURT)).isEqualTo(rows(storage, HURT)).isEqualTo(without5(997));
    }
    try (LocalStorage storage = LocalStorage.open(config)) {
      assertThat(storage.check(1, () -> false)).isEmpty();
      assertThat(rows(storage, HURT)).isEqualTo(without5(997));
    }
  }

  @Test
  void aTableThatIsCopiedAnewTakesItsIcebergFormBack() {
    try (LocalStorage storage = fixture.open();
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      TwoTables.fill(fixture, storage);
      Writer.DELETE.commit.accept(reader.table(HURT));
      try (Backfill backfill = storage.beginBackfill(HURT)) {
        backfill.commit(new Lsn(10));
      }
      apply(storage, 11, HURT, List.of(), TwoTables.range(1, 7));
      storage.flush();
      assertThat(storage.check(1, () -> false)).isEmpty();
      assertThat(reader.rows(HURT)).isEqualTo(TwoTables.range(1, 7));
    }
  }

  @Test
  void whatLacksACommitIsNotContinued() {
    try (LocalStorage storage = fixture.open();
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      TwoTables.fill(fixture, storage);
      Writer.PROPERTIES.commit.accept(reader.table(HURT));
      apply(storage, 10, HURT, List.of(List.of(1000L)), List.of());
      storage.flush();
      fixture.execute("UPDATE datrang.iceberg_tables SET metadata_location = written_location");
      apply(storage, 11, HURT, List.of(), TwoTables.range(1001, 1007));
      storage.flush();
      assertThat(storage.check(1, () -> false))
          .singleElement()
          .matches(p -> p.message().contains("it lacks a commit of this sidecar"));
      assertThat(error()).contains("it lacks a commit", "datrang.reindex()");
      try (Snapshot past = storage.pin(new AsOf.Time(System.currentTimeMillis()))) {
        assertThat(past.table(2)).isPresent();
        assertThatThrownBy(() -> past.table(1)).isInstanceOf(HistoryGoneException.class);
      }
      storage.reindex(1);
      assertThat(storage.check(1, () -> false)).isEmpty();
      assertThat(reader.rows(HURT)).isEqualTo(rows(storage, HURT)).hasSize(1005);
      try (Snapshot past = storage.pin(new AsOf.Time(System.currentTimeMillis()))) {
        assertThat(past.table(1)).isPresent();
      }
    }
  }

  @Test
  void aDroppedIcebergTableIsMadeAnew() {
    try (LocalStorage storage = fixture.open();
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      TwoTables.fill(fixture, storage);
      fixture.execute("DELETE FROM datrang.iceberg_tables WHERE table_name = 'hurt'");
      assertThat(storage.check(1, () -> false))
          .singleElement()
          .matches(p -> p.problem().contains("there is no Iceberg table"));
      apply(storage, 10, HURT, List.of(List.of(1000L)), List.of());
      storage.flush();
      assertThat(storage.check(1, () -> false)).isEmpty();
      assertThat(reader.rows(HURT)).isEqualTo(without5(999));
    }
  }

  private void assertLeft(LocalStorage storage, IcebergReader reader, String theirs) {
    assertThat(pointer(1)).isEqualTo(theirs);
    assertThat(reader.rows(SOUND)).isEqualTo(rows(storage, SOUND)).isEqualTo(without5(899));
    assertThat(fixture.queryText("SELECT state FROM datrang.tables WHERE table_id = 1"))
        .isEqualTo("streaming");
    assertThat(error()).contains("another writer", "datrang.reindex()");
  }

  private String error() {
    return fixture.queryText("SELECT error FROM datrang.tables WHERE table_id = 1");
  }

  private String pointer(long table) {
    return fixture.queryText(
        "SELECT metadata_location FROM datrang.iceberg_tables i JOIN datrang.tables t"
            + " ON (t.schema_name, t.table_name) = (i.table_namespace, i.table_name)"
            + " WHERE table_id = "
            + table);
  }
}
