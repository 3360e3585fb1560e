package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.index.Predicate;
import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Operator;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class HotCacheIT {
  private static final TableSchema TABLE =
      new TableSchema(
          4,
          "columnar",
          "hot",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "name", TestRows.type(StorageKind.TEXT), false),
              new Column(3, "n", TestRows.type(StorageKind.INT4), false)),
          List.of(1));

  private static final Pattern ENTRY = Pattern.compile("hot[0-9]+\\.c");

  private static PostgresCluster cluster;

  private StorageFixture fixture;
  private LocalStorage storage;
  private long lsn;

  @BeforeAll
  static void start() {
    cluster = PostgresCluster.startDefault();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void open(TestInfo test) {
    fixture =
        new StorageFixture(
            cluster, test.getTestMethod().get().getName().toLowerCase(java.util.Locale.ROOT));
  }

  @AfterEach
  void close() {
    storage.close();
    fixture.close();
  }

  @Test
  void columnsReadAgainAreReadFromMemory() {
    open(64L << 20);
    assertThat(read("n")).isEqualTo(sum(0, 10_000));
    awaitCached("n");
    assertThat(read("n")).isEqualTo(sum(0, 10_000));
    assertThat(storage.cacheFigures().bytes()).isPositive();
    assertThat(plan("name").filesCached()).isZero();
    awaitCached("name");
  }

  @Test
  void whatIsDeletedIsNotReadFromMemoryEither() {
    open(64L << 20);
    awaitCached("n");
    change(List.of(List.of(5L), List.of(9_999L)), List.of());
    assertThat(plan("n").filesCached()).isEqualTo(1);
    assertThat(read("n")).isEqualTo(sum(0, 10_000) - 5 - 9_999);
    storage.flush();
    assertThat(plan("n").filesCached()).isEqualTo(1);
    assertThat(read("n")).isEqualTo(sum(0, 10_000) - 5 - 9_999);
    change(List.of(List.of(6L)), List.of(row(6L, 1_000_006)));
    assertThat(read("n")).isEqualTo(sum(0, 10_000) - 5 - 9_999 + 1_000_000);
  }

  @Test
  void deletedRowsAreNotInTheNextCopyWhichThoseWhoSeeThemDoNotRead() throws Exception {
    open(64L << 20);
    change(List.of(List.of(1L), List.of(2L)), List.of());
    storage.flush();
    long left = sum(0, 10_000) - 1 - 2;
    awaitClean();
    assertThat(read("n")).isEqualTo(left);
    try (Snapshot old = storage.pin()) {
      change(List.of(List.of(3L)), List.of());
      storage.flush();
      assertThat(read("n")).isEqualTo(left - 3);
      awaitClean();
      assertThat(read("n")).isEqualTo(left - 3);
      assertThat(plan(old, "n").filesCached()).isZero();
      assertThat(sum(plan(old, "n").relation(List.of("n")))).isEqualTo(left);
    }
    change(List.of(List.of(4L), List.of(7L)), List.of(row(7L, 1_000_007)));
    assertThat(read("n")).isEqualTo(left - 3 - 4 + 1_000_000);
  }

  @Test
  void whatTheIndexAnswersIsNotReadFromMemoryAgain() throws Exception {
    open(64L << 20);
    fixture.execute(
        "UPDATE datrang.tables SET file_options = '{\"level\": 3, \"rows\": 2048, \"bloom\": []}'");
    change(List.of(List.of(5L)), List.of());
    storage.vacuum(TABLE.tableId(), stopper -> {});
    awaitCached("n");
    try (Snapshot snapshot = storage.pin();
        DuckDBConnection connection = storage.connect()) {
      FileFacts facts =
          snapshot
              .table(TABLE.tableId())
              .orElseThrow()
              .facts(
                  List.of(),
                  new Compare(1, Operator.GE, 5000L),
                  new Compare(1, Operator.LT, 5000L));
      assertThat(facts.rows()).isBetween(2048L, 4999L);
      String rest = facts.rest().relation(List.of("id"));
      assertThat(rest).containsPattern(ENTRY);
      long read =
          EngineDatabase.queryLong(
              connection, "SELECT count(*) FROM " + rest + " WHERE id >= 5000");
      assertThat(facts.rows() + read).isEqualTo(5000);
    }
  }

  private String relation() {
    return plan("n").relation(List.of("n"));
  }

  private static boolean isClean(String relation) {
    return ENTRY.matcher(relation).find() && !relation.contains("NOT IN");
  }

  private void awaitClean() {
    await().atMost(Duration.ofMinutes(1)).until(() -> isClean(relation()));
  }

  @Test
  void snapshotsKeepWhatTheyReadWhenItIsLetGo() throws Exception {
    open(64L << 20);
    awaitCached("n");
    try (Snapshot old = storage.pin()) {
      String relation = plan(old, "n").relation(List.of("n"));
      assertThat(relation).containsPattern(ENTRY);
      awaitCached("name"); // in place of the other
      assertThat(sum(relation)).isEqualTo(sum(0, 10_000));
    }
  }

  @Test
  void newFilesAreReadBesideTheCacheUntilTheyAreHot() {
    open(64L << 20);
    awaitCached("n");
    change(List.of(), rows(10_000, 12_000));
    storage.flush();
    ScanPlan plan = plan("n");
    assertThat(plan.files()).isEqualTo(2);
    assertThat(plan.filesCached()).isEqualTo(1);
    assertThat(read("n")).isEqualTo(sum(0, 12_000));
  }

  @Test
  void whatCannotBeMadeIsRemovedAndOthersAreReadOn() throws Exception {
    open(64L << 20);
    awaitCached("n");
    try (DuckDBConnection connection = storage.connect();
        Snapshot old = storage.pin()) {
      String relation = plan(old, "n").relation(List.of("n"));
      assertThat(relation).containsPattern(ENTRY);
      String next = "hot" + (storage.cacheFigures().fills() + 1);
      EngineDatabase.run(connection, "ATTACH ':memory:' AS " + next);
      await()
          .until(
              () -> {
                plan("name");
                return databases(connection) == 1;
              });
      assertThat(sum(relation)).isEqualTo(sum(0, 10_000));
      assertThat(read("n")).isEqualTo(sum(0, 10_000));
    }
  }

  private static long databases(DuckDBConnection connection) throws Exception {
    return EngineDatabase.queryLong(
        connection, "SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'hot%'");
  }

  @Test
  void footersOfManyFilesDoNotPushColumnsOut() throws Exception {
    fixture.engine(64L << 20);
    open(16L << 20);
    Path wide = wideFile();
    for (int i = 0; i < 200 && engineBytes() < 60L << 20; i++) {
      Path link = Files.createLink(fixture.directory().resolve("wide" + i + ".parquet"), wide);
      query("SELECT count(*) FROM read_parquet('" + link + "') WHERE c1 = 5");
      Files.delete(link);
    }
    awaitCached("n");
    await().during(Duration.ofSeconds(3)).until(() -> plan("n").filesCached() == 1);
  }

  /** Its footer takes megabytes of the engine's memory. */
  private Path wideFile() throws Exception {
    Path file = fixture.directory().resolve("wide.parquet");
    String columns =
        IntStream.range(0, 500).mapToObj(i -> "i AS c" + i).collect(Collectors.joining(", "));
    try (DuckDBConnection connection = storage.connect()) {
      EngineDatabase.run(
          connection,
          "COPY (SELECT %s FROM range(20000) t (i)) TO '%s' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
              .formatted(columns, file));
    }
    return file;
  }

  private long engineBytes() throws Exception {
    return query("SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()");
  }

  private long query(String sql) throws Exception {
    try (DuckDBConnection connection = storage.connect()) {
      return EngineDatabase.queryLong(connection, sql);
    }
  }

  @Test
  void nothingIsKeptThatDoesNotFit() {
    open(1000);
    for (int i = 0; i < 5; i++) {
      assertThat(read("n")).isEqualTo(sum(0, 10_000));
    }
    await().during(Duration.ofMillis(300)).until(() -> storage.cacheFigures().fills() == 0);
  }

  @Test
  void nothingIsKeptThatTheEngineCouldNotSpill() throws Exception {
    Path temp = Files.createDirectory(fixture.directory().resolve("temp"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=16k", "none", temp.toString()) == 0,
        "file systems cannot be mounted here");
    try {
      open(64L << 20);
      for (int i = 0; i < 5; i++) {
        assertThat(read("n")).isEqualTo(sum(0, 10_000));
      }
      await().during(Duration.ofMillis(300)).until(() -> storage.cacheFigures().fills() == 0);
    } finally {
      assertThat(run("umount", "-l", temp.toString())).isZero();
    }
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor();
  }

  private void open(long cacheBytesMax) {
    fixture.cache(cacheBytesMax);
    storage = fixture.open();
    fixture.addEmpty(storage, TABLE);
    change(List.of(), rows(0, 10_000));
    storage.flush();
  }

  private void change(List<List<Object>> deletes, List<List<Object>> upserts) {
    StorageFixture.apply(storage, ++lsn, TABLE, deletes, upserts);
  }

  private static List<List<Object>> rows(long from, long to) {
    return LongStream.range(from, to).mapToObj(i -> row(i, (int) i)).toList();
  }

  private static List<Object> row(long id, int n) {
    return new ArrayList<>(List.of(id, "name " + id, n));
  }

  private static long sum(long from, long to) {
    return LongStream.range(from, to).sum();
  }

  private void awaitCached(String column) {
    await().until(() -> plan(column).filesCached() == 1);
  }

  private ScanPlan plan(String column) {
    try (Snapshot snapshot = storage.pin()) {
      return plan(snapshot, column);
    }
  }

  private static ScanPlan plan(Snapshot snapshot, String column) {
    ScanPlan plan = snapshot.table(TABLE.tableId()).orElseThrow().plan(new Predicate.Any());
    plan.relation(List.of(column));
    return plan;
  }

  private long read(String column) {
    try (Snapshot snapshot = storage.pin()) {
      return sum(plan(snapshot, column).relation(List.of(column)));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private long sum(String relation) throws Exception {
    return query("SELECT sum(n)::BIGINT FROM " + relation);
  }
}
