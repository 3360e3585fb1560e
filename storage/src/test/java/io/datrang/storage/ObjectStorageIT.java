package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.storage.files.FilesUnavailableException;
import io.datrang.storage.files.ObjectStoreClient;
import io.datrang.testing.ObjectStore;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables in an object store, with the local disk as a cache. */
class ObjectStorageIT extends FreshStorage {
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

  private ObjectStore store;

  @BeforeEach
  void keepInObjectStore() {
    store = ObjectStore.start();
    fixture.keepIn(store, 1 << 20);
  }

  @AfterEach
  void stopStore() {
    store.close();
  }

  private static List<List<Object>> some(long from, long to, String note) {
    List<List<Object>> some = new ArrayList<>();
    for (long id = from; id < to; id++) {
      some.add(List.of(id, note + id));
    }
    return some;
  }

  private static List<List<Object>> keys(long from, long to) {
    List<List<Object>> keys = new ArrayList<>();
    for (long id = from; id < to; id++) {
      keys.add(List.of(id));
    }
    return keys;
  }

  /** Two files, one of them with deleted rows. */
  private List<List<Object>> fill(LocalStorage storage) {
    fixture.addEmpty(storage, TABLE);
    apply(storage, 1, TABLE, List.of(), some(0, 100, "a"));
    storage.flush();
    apply(storage, 2, TABLE, keys(10, 20), some(100, 150, "b"));
    storage.flush();
    return rows(storage, TABLE);
  }

  private void loseDisk() {
    fixture
        .files()
        .forEach(
            file -> {
              try {
                Files.delete(file);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    fixture.keeper().close();
    fixture.keepIn(store, 1 << 20);
  }

  @Test
  void everythingIsThereWhenTheDiskIsLost() {
    List<List<Object>> expected;
    try (LocalStorage storage = fixture.open()) {
      expected = fill(storage);
      assertThat(expected).hasSize(140);
    }
    loseDisk();
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(storage.check(TABLE.tableId(), () -> false)).isEmpty();
      storage.vacuum(TABLE.tableId(), stopper -> {});
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
    }
    loseDisk();
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
    }
  }

  @Test
  void objectsNobodyKnowsAreRemovedAtStart() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
    }
    List<String> known = store.names();
    String first = known.get(0);
    String directory = first.substring(0, first.indexOf('/'));
    store.overwrite(directory + "/t5/data/left-behind.parquet", new byte[10]);
    fixture.open().close();
    assertThat(store.names()).as("too young").hasSize(known.size() + 1);
    String foreign = directory + "/backup/t5/data/1.parquet";
    store.overwrite(foreign, new byte[10]);
    fixture.keeper().close();
    fixture.keepIn(store, 1 << 20, Duration.ofSeconds(-60));
    fixture.open().close();
    assertThat(store.names()).contains(foreign).containsAll(known).hasSize(known.size() + 1);
  }

  @Test
  void anotherInstallationsObjectsAreLeftAlone() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
    }
    List<String> known = store.names();
    String owner = known.stream().filter(n -> n.endsWith(".owner")).findFirst().orElseThrow();
    byte[] id = store.read(owner);
    store.overwrite(owner, "somebody else".getBytes(UTF_8));
    assertThatThrownBy(fixture::open).hasMessageContaining("objects of another installation");
    store.remove(owner);
    assertThatThrownBy(fixture::open).hasMessageContaining("does not say whose");
    store.overwrite(owner, id);
    fixture.open().close();
    assertThat(store.names()).isEqualTo(known);
  }

  @Test
  void aDroppedTablesObjectsGo() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
      storage.dropTable(TABLE.tableId());
      storage.flush();
      assertThat(store.names()).singleElement().asString().endsWith("/datrang.owner");
    }
  }

  @Test
  void nothingIsLostWhileTheObjectStoreIsDown() {
    List<List<Object>> expected;
    try (LocalStorage storage = fixture.open()) {
      expected = new ArrayList<>(fill(storage));
      store.down();
      apply(storage, 3, TABLE, List.of(), some(200, 250, "c"));
      expected.addAll(some(200, 250, "c"));
      assertThatThrownBy(storage::flush)
          .hasStackTraceContaining(FilesUnavailableException.class.getName())
          .hasMessageContaining("s3://");
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
      assertThat(storage.durableLsn()).isEqualTo(new Lsn(2));
      store.up();
      storage.flush();
      assertThat(storage.durableLsn()).isEqualTo(new Lsn(3));
    }
    loseDisk();
    store.down();
    assertThatThrownBy(fixture::open)
        .isInstanceOf(FilesUnavailableException.class)
        .hasMessageContaining("cannot list s3://");
    store.up();
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
    }
  }

  @Test
  void aReadSaysThatTheObjectStoreIsDown() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
    }
    loseDisk();
    try (LocalStorage storage = fixture.open()) {
      store.down();
      assertThatThrownBy(() -> rows(storage, TABLE)).isInstanceOf(FilesUnavailableException.class);
      store.up();
      assertThat(rows(storage, TABLE)).hasSize(140);
    }
  }

  @Test
  void aDamagedObjectStopsItsTableAtTheCheck() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
    }
    String name =
        store.names().stream().filter(each -> each.endsWith(".parquet")).findFirst().orElseThrow();
    byte[] content = store.read(name);
    content[content.length / 2] ^= 1;
    store.overwrite(name, content);
    loseDisk();
    try (LocalStorage storage = fixture.open()) {
      assertThatThrownBy(() -> rows(storage, TABLE)).hasMessageContaining("not what was written");
      assertThat(storage.check(TABLE.tableId(), () -> false))
          .anySatisfy(problem -> assertThat(problem.damaged()).isTrue());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".parquet", ".puffin"})
  void aDamagedCopyIsFetchedAnewByTheCheck(String end) throws IOException {
    try (LocalStorage storage = fixture.open()) {
      List<List<Object>> expected = fill(storage);
      Path copy =
          fixture.files().stream()
              .filter(file -> file.toString().endsWith(end))
              .findFirst()
              .orElseThrow();
      byte[] content = Files.readAllBytes(copy);
      content[end.equals(".puffin") ? 12 : content.length / 2] ^= 0x15;
      Files.write(copy, content);
      assertThat(storage.check(TABLE.tableId(), () -> false))
          .singleElement()
          .matches(p -> p.file().equals(copy) && !p.damaged())
          .matches(p -> p.offset() >= 0 && p.message().contains("is fetched anew"));
      assertThat(storage.check(TABLE.tableId(), () -> false)).isEmpty();
      assertThat(rows(storage, TABLE)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".parquet", ".puffin"})
  void aCopyStaysWhenItsObjectIsCut(String end) throws IOException {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
      Path copy =
          fixture.files().stream()
              .filter(file -> file.toString().endsWith(end))
              .findFirst()
              .orElseThrow();
      byte[] content = Files.readAllBytes(copy);
      String name =
          store.names().stream()
              .filter(each -> each.endsWith("/" + copy.getFileName()))
              .findFirst()
              .orElseThrow();
      store.overwrite(name, Arrays.copyOf(content, 10));
      if (end.equals(".puffin")) {
        byte[] damaged = content.clone();
        damaged[12] ^= 0x15;
        Files.write(copy, damaged);
        content = damaged;
      }
      assertThat(storage.check(TABLE.tableId(), () -> false))
          .anySatisfy(problem -> assertThat(problem.damaged()).isTrue());
      assertThat(copy).hasBinaryContent(content);
    }
  }

  @Test
  void missingIcebergObjectsAreReportedAndMadeAnew() {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
    }
    store.names().stream().filter(each -> each.contains("/metadata/")).forEach(store::remove);
    loseDisk();
    try (LocalStorage storage = fixture.open()) {
      assertThat(storage.check(TABLE.tableId(), () -> false))
          .singleElement()
          .matches(p -> p.message().contains("cannot be read") && !p.damaged());
      storage.reindex(TABLE.tableId());
      assertThat(storage.check(TABLE.tableId(), () -> false)).isEmpty();
    }
  }

  @Test
  void icebergReadersFindTheObjects() throws IOException {
    try (LocalStorage storage = fixture.open()) {
      fill(storage);
    }
    Map<String, String> properties = new HashMap<>();
    properties.put("uri", fixture.jdbcUrl() + "&currentSchema=datrang");
    properties.put("jdbc.schema-version", "V1");
    properties.put("jdbc.init-catalog-tables", "false");
    properties.put("warehouse", "unused");
    properties.put("io-impl", S3FileIO.class.getName());
    properties.put("s3.client-factory-impl", ObjectStoreClient.class.getName());
    properties.put("s3.endpoint", store.endpoint().toString());
    properties.put("s3.path-style-access", "true");
    long live = 0;
    try (JdbcCatalog catalog = new JdbcCatalog()) {
      catalog.initialize("datrang", properties);
      var table = catalog.loadTable(TableIdentifier.of("columnar", "t"));
      try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
        for (FileScanTask task : tasks) {
          assertThat(task.file().location()).startsWith("s3://" + ObjectStore.BUCKET + "/");
          assertThat(table.io().newInputFile(task.file().location()).exists()).isTrue();
          live += task.file().recordCount();
          live -= task.deletes().stream().mapToLong(each -> each.recordCount()).sum();
        }
      }
    }
    assertThat(live).isEqualTo(140);
  }
}
