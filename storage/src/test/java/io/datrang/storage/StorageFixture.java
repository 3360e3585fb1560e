package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.LocalFiles;
import io.datrang.storage.files.ObjectFiles;
import io.datrang.storage.files.ObjectStoreConfig;
import io.datrang.testing.ObjectStore;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A catalog of its own and a data directory; storages are opened on them. */
final class StorageFixture implements AutoCloseable {
  private final PostgresCluster cluster;
  private final String database;
  private final Path directory;
  private FileStore files = new LocalFiles();
  private long engineBytesMax = 512L << 20;
  private long cacheBytesMax;

  StorageFixture(PostgresCluster cluster, String database) {
    this.cluster = cluster;
    this.database = database;
    cluster.createDatabase(database, "");
    cluster.loadCatalog(database);
    try {
      directory = Files.createTempDirectory("datrang-storage");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  Path directory() {
    return directory;
  }

  /** Lets storages that are opened from now on keep their files there, and few on the disk. */
  void keepIn(ObjectStore store, long cacheBytesMax) {
    keepIn(store, cacheBytesMax, Duration.ofHours(1));
  }

  /**
   * As above.
   *
   * @param orphanAge of objects that are removed when the catalog does not know them
   */
  void keepIn(ObjectStore store, long cacheBytesMax, Duration orphanAge) {
    files =
        ObjectFiles.open(
            directory,
            new ObjectStoreConfig(
                "s3://" + ObjectStore.BUCKET + "/" + database,
                store.endpoint(),
                null,
                true,
                cacheBytesMax),
            orphanAge);
  }

  FileStore keeper() {
    return files;
  }

  StorageConfig config() {
    return config(source(), Duration.ZERO);
  }

  StorageConfig config(Duration history) {
    return config(source(), history);
  }

  /** Lets storages that are opened from now on keep columns decoded; they do not otherwise. */
  void cache(long bytesMax) {
    cacheBytesMax = bytesMax;
  }

  /** Gives storages that are opened from now on so much of the engine's memory. */
  void engine(long bytesMax) {
    engineBytesMax = bytesMax;
  }

  StorageConfig config(DataSource source) {
    return config(source, Duration.ZERO);
  }

  private DataSource source() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(jdbcUrl());
    return source;
  }

  private StorageConfig config(DataSource source, Duration history) {
    return new StorageConfig(
        directory,
        source,
        engineBytesMax,
        cacheBytesMax,
        2,
        directory.resolve("temp"),
        4L << 30,
        Map.of(),
        Duration.ofHours(1),
        1_000_000_000,
        64L << 20,
        4,
        Duration.ofHours(1),
        1L << 30,
        history,
        files);
  }

  LocalStorage open() {
    return LocalStorage.open(config());
  }

  String jdbcUrl() {
    return cluster.jdbcUrl(database);
  }

  Connection connect() throws SQLException {
    return cluster.connect(database);
  }

  /** Puts the table into datrang.tables under its own id. */
  void register(TableSchema table) {
    String columns =
        table.columns().stream().map(StorageFixture::json).collect(Collectors.joining(","));
    try (Connection connection = connect();
        PreparedStatement statement =
            connection.prepareStatement(
                "INSERT INTO datrang.tables (table_id, kind, source_schema, source_name,"
                    + " schema_name, table_name, columns, key) OVERRIDING SYSTEM VALUE"
                    + " VALUES (?, 'mirror', 'public', ?, ?, ?, ?::jsonb, ?)")) {
      statement.setLong(1, table.tableId());
      statement.setString(2, table.tableName());
      statement.setString(3, table.schemaName());
      statement.setString(4, table.tableName());
      statement.setString(5, "[" + columns + "]");
      statement.setArray(6, connection.createArrayOf("int4", table.key().toArray()));
      statement.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Gives a registered table another form. */
  void redefine(TableSchema table) {
    String columns =
        table.columns().stream().map(StorageFixture::json).collect(Collectors.joining(","));
    execute(
        "UPDATE datrang.tables SET version = %d, table_name = '%s', columns = %s WHERE table_id = %d"
            .formatted(
                table.version(),
                table.tableName(),
                Sql.literal("[" + columns + "]"),
                table.tableId()));
  }

  private static String json(Column column) {
    String type = type(column.type());
    if (column.type().element() != null) {
      type += ",\"element\":{" + type(column.type().element()) + "}";
    }
    String name = column.name().replace("\"", "\\\"");
    String missing = column.missing() == null ? "" : "\"missing\":\"" + column.missing() + "\",";
    return "{\"field_id\":%d,\"name\":\"%s\",\"not_null\":%s,%s%s}"
        .formatted(column.fieldId(), name, column.notNull(), missing, type);
  }

  private static String type(ColumnType type) {
    return "\"type\":\"%s\",\"oid\":%d,\"typmod\":%d,\"kind\":\"%s\",\"precision\":%d,\"scale\":%d"
        .formatted(
            type.name(),
            type.oid(),
            type.typmod(),
            type.isDated() ? "DATED_TIME" : type.kind(),
            type.precision(),
            type.scale());
  }

  void execute(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  String queryText(String sql) {
    try (Connection connection = connect();
        ResultSet row = connection.createStatement().executeQuery(sql)) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Registers and backfills a table with no rows, as of position 0. */
  void addEmpty(WritableStorage storage, TableSchema table) {
    register(table);
    try (Backfill backfill = storage.beginBackfill(table)) {
      backfill.commit(Lsn.ZERO);
    }
  }

  static ChangeBatch batch(
      WritableStorage storage,
      long lsn,
      TableSchema table,
      boolean truncate,
      List<List<Object>> deletes,
      List<List<Object>> upserts) {
    return new ChangeBatch(
        new Lsn(lsn),
        List.of(
            new TableChanges(
                table.tableId(),
                truncate,
                deletes.isEmpty() ? null : TestRows.keys(table, storage.allocator(), deletes),
                upserts.isEmpty() ? null : TestRows.rows(table, storage.allocator(), upserts))));
  }

  static void apply(
      WritableStorage storage,
      long lsn,
      TableSchema table,
      List<List<Object>> deletes,
      List<List<Object>> upserts) {
    try (ChangeBatch batch = batch(storage, lsn, table, false, deletes, upserts)) {
      storage.apply(batch);
    }
  }

  /** A snapshot's rows of a table, ordered by key. */
  static List<List<Object>> rows(Storage storage, Snapshot snapshot, TableSchema table) {
    TableSnapshot found = snapshot.table(table.tableId()).orElseThrow();
    if (found.unreadableBecause() != null) {
      throw new IllegalStateException(found.unreadableBecause());
    }
    List<String> names = table.columns().stream().map(Column::name).toList();
    String sql =
        "SELECT * FROM "
            + found.plan(new Predicate.Any()).relation(names)
            + " ORDER BY "
            + table.keyColumns().stream()
                .map(c -> Sql.name(c.name()))
                .collect(Collectors.joining(", "));
    try (var connection = storage.connect()) {
      return TestRows.query(connection, storage.allocator(), table.columns(), sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<List<Object>> rows(Storage storage, TableSchema table) {
    try (Snapshot snapshot = storage.pin()) {
      return rows(storage, snapshot, table);
    }
  }

  List<Path> files() {
    try (var all = Files.walk(directory)) {
      return new ArrayList<>(all.filter(Files::isRegularFile).sorted().toList());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    files.close();
    try (var all = Files.walk(directory)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
