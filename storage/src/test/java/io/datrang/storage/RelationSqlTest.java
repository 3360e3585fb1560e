package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.FileIndex;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelationSqlTest {
  private static final ColumnType INT8 = ColumnType.of("bigint", 20, -1, StorageKind.INT8);

  @TempDir private Path directory;
  private Connection engine;

  @BeforeEach
  void open() throws SQLException {
    engine = DriverManager.getConnection("jdbc:duckdb:");
  }

  @AfterEach
  void close() throws SQLException {
    engine.close();
  }

  @Test
  void engineKnowsHowManyRowsTheFilesHave() throws SQLException {
    String relation = read(table(1, "id", "Größe"), List.of(file("id", "Größe")));
    assertThat(first("SELECT sum(c1 + c2) FROM " + relation)).isEqualTo("999000");
    assertThat(first("SELECT max(file_row_number) FROM " + relation)).isEqualTo("999");
    assertThat(first("EXPLAIN (FORMAT JSON) SELECT c1 FROM " + relation))
        .contains("\"Estimated Cardinality\": \"1000\"");
  }

  @Test
  void filesOfOtherVersionsAreReadByFieldId() throws SQLException {
    assertThat(read(table(2, "id", "renamed"), List.of("f"))).contains("MAP");
  }

  @Test
  void namesTheEngineTakesForAnotherAreReadByFieldId() throws SQLException {
    assertThat(read(table(1, "id", "ID"), List.of("f"))).contains("MAP");
    assertThat(read(table(1, "id", "File_Row_Number"), List.of("f"))).contains("MAP");
  }

  @Test
  void directoriesAreNoColumns() throws SQLException {
    String path = file("id", "v");
    assertThat(path).contains("v=7");
    String relation = read(table(1, "id", "v"), List.of(path));
    assertThat(first("SELECT max(c2) FROM " + relation)).isEqualTo("999");
  }

  @Test
  void onlyWhatIsWantedIsMentioned() throws SQLException {
    TableSchema table = table(1, "id", "v");
    String path = file("id", "v");
    String one = RelationSql.readPaths(table, List.of(table.columns().get(1)), List.of(path));
    assertThat(one).contains("c2").doesNotContain("c1");
    assertThat(first("SELECT max(c2) FROM " + one)).isEqualTo("999");
    String none = RelationSql.readPaths(table, List.of(), List.of(path));
    assertThat(first("SELECT count(*) FROM " + none)).isEqualTo("1000");
  }

  @Test
  void cleanFilesAloneAreReadInOneSelect() throws SQLException {
    TableSchema table = table(1, "id", "v");
    FileSelection clean = FileSelection.all(List.of(data(file("id", "v"), null)));
    String plain = plain(table, clean).orElseThrow();
    assertThat(plain).doesNotContain("file_row_number").doesNotContain("CAST");
    assertThat(first("SELECT max(v) FROM (" + plain + ")")).isEqualTo("999");
  }

  @Test
  void filesWithDeletedRowsOrOfOtherVersionsAreNot() throws SQLException {
    DeletionVectorFile.Blob vector = new DeletionVectorFile.Blob(Path.of("v"), 0, 1, 1);
    String path = file("id", "v");
    assertThat(plain(table(1, "id", "v"), FileSelection.all(List.of(data(path, vector)))))
        .isEmpty();
    assertThat(plain(table(2, "id", "v"), FileSelection.all(List.of(data(path, null))))).isEmpty();
    assertThat(plain(table(1, "id", "v"), FileSelection.none())).isEmpty();
  }

  @Test
  void emptyRelationsMentionNoMoreEither() throws SQLException {
    TableSchema table = table(1, "id", "v");
    TableView view = new TableView(table, List.of(), 1, List.of(), 0, new Lsn(1), null, null);
    RelationSql sql = new RelationSql(view, 1);
    String one = sql.query("c2 AS v", List.of(table.columns().get(1)), FileSelection.none());
    assertThat(one).doesNotContain("c1");
    assertThat(first("SELECT typeof(max(v)) || count(*) FROM (" + one + ")")).isEqualTo("BIGINT0");
    String none = sql.query("NULL AS nothing", List.of(), FileSelection.none());
    assertThat(none).doesNotContain("c1").doesNotContain("c2");
    assertThat(first("SELECT count(*) FROM (" + none + ")")).isEqualTo("0");
  }

  private static Optional<String> plain(TableSchema table, FileSelection files) {
    TableView view = new TableView(table, List.of(), 1, List.of(), 1000, new Lsn(1), null, null);
    return new RelationSql(view, 1).plain(table.columns(), files);
  }

  private static DataFile data(String path, DeletionVectorFile.Blob vector) {
    return new DataFile(1, 1, Path.of(path), 1000, 1, new FileIndex(List.of()), List.of(), vector);
  }

  private static String read(TableSchema table, List<String> paths) {
    return RelationSql.readPaths(table, table.columns(), paths);
  }

  private static TableSchema table(int version, String first, String second) {
    return new TableSchema(
        1,
        "s",
        "t",
        List.of(new Column(1, first, INT8, true), new Column(2, second, INT8, false)),
        List.of(1),
        version);
  }

  private String file(String first, String second) throws SQLException {
    Path path = directory.resolve("v=7");
    path.toFile().mkdir();
    String file = path.resolve("f.parquet").toString();
    try (Statement statement = engine.createStatement()) {
      statement.execute(
          "COPY (SELECT i AS %s, i AS %s FROM range(1000) r(i)) TO %s"
              .formatted(Sql.name(first), Sql.name(second), Sql.literal(file)));
    }
    return file;
  }

  /** The first row's last column. */
  private String first(String sql) throws SQLException {
    try (Statement statement = engine.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(rows.getMetaData().getColumnCount());
    }
  }
}
