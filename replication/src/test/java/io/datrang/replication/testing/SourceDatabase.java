package io.datrang.replication.testing;

import static org.awaitility.Awaitility.await;

import io.datrang.replication.Replication;
import io.datrang.replication.ReplicationConfig;
import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.catalog.MirrorCatalog;
import io.datrang.replication.connect.SourceServer;
import io.datrang.replication.values.CopyText;
import io.datrang.replication.values.RowBatch;
import io.datrang.replication.writes.StagedWrites;
import io.datrang.storage.Storage;
import io.datrang.storage.TypeMapping;
import io.datrang.storage.WritableStorage;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** A private server with Datrang's catalog, and what tests do with it. */
public final class SourceDatabase implements AutoCloseable {
  public static final Duration PATIENCE = Duration.ofSeconds(120);

  private final PostgresCluster cluster;
  private final Path spillDirectory;

  public SourceDatabase(PostgresCluster cluster) {
    this(cluster, true);
  }

  private SourceDatabase(PostgresCluster cluster, boolean empty) {
    this.cluster = cluster;
    try {
      spillDirectory = Files.createTempDirectory("datrang-spill");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (empty) {
      loadCatalog();
      ignoreDefinitions();
    }
  }

  /** A server that has the catalog, such as a standby of one. */
  public static SourceDatabase of(PostgresCluster cluster) {
    return new SourceDatabase(cluster, false);
  }

  /** Has definitions followed as the extension does; tests that do not ask for it stop tables. */
  public void followDefinitions() {
    execute(
        "ALTER EVENT TRIGGER datrang_ddl ENABLE ALWAYS",
        "ALTER EVENT TRIGGER datrang_rewrite ENABLE ALWAYS",
        "CREATE OR REPLACE FUNCTION datrang.follow_late() RETURNS void LANGUAGE sql"
            + " AS 'SELECT datrang.follow_sources(false)'");
  }

  private void ignoreDefinitions() {
    execute(
        "ALTER EVENT TRIGGER datrang_ddl DISABLE",
        "ALTER EVENT TRIGGER datrang_rewrite DISABLE",
        "CREATE OR REPLACE FUNCTION datrang.follow_late() RETURNS void LANGUAGE sql AS 'SELECT'");
  }

  private void loadCatalog() {
    cluster.loadCatalog();
    try {
      for (String script :
          List.of(
              "sql/types.sql",
              "sql/partitions.sql",
              "sql/mirror.sql",
              "sql/resync.sql",
              "sql/follow.sql")) {
        cluster.execute(Files.readString(PostgresCluster.repository(script)));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A server of PostgreSQL 15, or of the version that {@code -Ddatrang.server.version} names.
   *
   * @param settings names and values of server settings
   */
  public static SourceDatabase start(String... settings) {
    return start(builder(), settings);
  }

  private static PostgresCluster.Builder builder() {
    Integer version = Integer.getInteger("datrang.server.version");
    return version == null ? PostgresCluster.builder() : builder(version);
  }

  private static PostgresCluster.Builder builder(int major) {
    Path archive =
        PostgresCluster.repository(
            "replication/target/servers/" + major + "/postgres-linux-x86_64.txz");
    return PostgresCluster.builder().programs(PostgresCluster.unpack(archive));
  }

  /** The same on a server of another version, 17 or 18. */
  public static SourceDatabase startVersion(int major, String... settings) {
    return start(builder(major), settings);
  }

  /** The same with another encoding of the database. */
  public static SourceDatabase startEncoded(String encoding) {
    return start(builder().encoding(encoding));
  }

  private static SourceDatabase start(PostgresCluster.Builder builder, String... settings) {
    for (int i = 0; i < settings.length; i += 2) {
      builder.setting(settings[i], settings[i + 1]);
    }
    return new SourceDatabase(builder.start());
  }

  /** Goes back to an empty database; nothing may be following it. */
  public void reset() {
    await()
        .atMost(PATIENCE)
        .until(() -> value("SELECT 1 FROM pg_replication_slots WHERE active") == null);
    execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
        "DROP PUBLICATION datrang",
        "DROP SCHEMA datrang, public CASCADE",
        "CREATE SCHEMA public");
    loadCatalog();
    ignoreDefinitions();
  }

  public PostgresCluster cluster() {
    return cluster;
  }

  public void execute(String... statements) {
    cluster.execute(statements);
  }

  /** First column of the first row as text; null when there is no row. */
  public String value(String sql) {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** All rows as text. */
  public List<List<String>> query(String sql) {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<List<String>> all = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(row);
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  public Lsn lsn(String sql) {
    return Lsn.parse(value(sql));
  }

  public Lsn flushLsn() {
    return lsn("SELECT pg_current_wal_flush_lsn()");
  }

  /** Where the server may forget up to. */
  public Lsn confirmedLsn() {
    return lsn("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'datrang'");
  }

  /**
   * What datrang.mirror() does, without the foreign table.
   *
   * @param asText names of columns, comma separated
   * @return the new table_id
   */
  public long mirror(String table, String asText) {
    execute(
        String.format(
            "BEGIN; SELECT datrang.publish('%4$s'::regclass);"
                + " INSERT INTO datrang.tables (kind, source, source_schema, source_name, schema_name,"
                + " table_name, columns, key, partitions, publication_entry, picture)"
                + " SELECT 'mirror', oid, relnamespace::regnamespace::text,"
                + " relname, 'columnar', relname, datrang.column_description('%s', '{%s}'),"
                + " datrang.replica_key('%s'), datrang.partitions(oid),"
                + " datrang.publication_entry(oid), datrang.source_picture(oid) FROM pg_class"
                + " WHERE oid = '%s'::regclass; COMMIT",
            table, asText, table, table),
        "NOTIFY datrang");
    return Long.parseLong(
        value("SELECT table_id FROM datrang.tables WHERE source = '" + table + "'::regclass"));
  }

  public long mirror(String table) {
    return mirror(table, "");
  }

  /** Mirrors and waits until the copy is complete. */
  public long mirrored(String table) {
    long id = mirror(table);
    awaitState(id, "streaming");
    return id;
  }

  /** What datrang.resync() does once its checks have passed. */
  public void resync(String table) {
    execute(
        String.format(
            "SELECT datrang.redefine(table_id), datrang.copy_anew(table_id) FROM datrang.tables"
                + " WHERE source = '%s'::regclass",
            table));
  }

  public void unmirror(String table) {
    execute(
        "ALTER PUBLICATION datrang DROP TABLE ONLY " + table,
        "UPDATE datrang.tables SET state = 'dropped', source = NULL WHERE source = '"
            + table
            + "'::regclass",
        "NOTIFY datrang");
  }

  public String state(long tableId) {
    return value("SELECT state FROM datrang.tables WHERE table_id = " + tableId);
  }

  public void awaitState(long tableId, String state) {
    await().atMost(PATIENCE).until(() -> state.equals(state(tableId)));
  }

  /** Waits until storage has everything that is committed now. */
  public void awaitApplied(WritableStorage storage) {
    // A commit that waits for its flush flushes those that did not wait, too.
    value("SELECT pg_logical_emit_message(true, 'test', '')");
    Lsn target = flushLsn();
    await().atMost(PATIENCE).until(() -> storage.appliedLsn().isAtLeast(target));
  }

  public ReplicationConfig config() {
    return ReplicationConfig.defaults(cluster.jdbcUrl(), new Properties(), spillDirectory);
  }

  /** Limits so small that batches, parts and spill files are exercised by little data. */
  public static ReplicationConfig tight(ReplicationConfig c) {
    return tight(c, c.protocolMax());
  }

  /** The same, and all transactions are sent after their commit. */
  public static ReplicationConfig tightWithoutStreaming(ReplicationConfig c) {
    return tight(c, 1);
  }

  private static ReplicationConfig tight(ReplicationConfig c, int protocolMax) {
    return new ReplicationConfig(
        c.url(),
        c.credentials(),
        c.slot(),
        c.publication(),
        c.spillDirectory(),
        c.copyThreads(),
        c.copyTablesMax(),
        c.snapshotTimeout(),
        1000,
        1 << 20,
        1 << 20,
        1 << 16,
        1 << 14,
        protocolMax,
        Duration.ofMillis(100),
        c.pollInterval(),
        Duration.ofMillis(500),
        Duration.ofSeconds(3));
  }

  public Path spillDirectory() {
    return spillDirectory;
  }

  /** Transactions that wait on disk; what native tables stage there does not count. */
  public List<Path> spilled() {
    try (Stream<Path> files = Files.list(spillDirectory)) {
      return files.filter(file -> !file.endsWith(Storage.STAGING_DIRECTORY)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts following; the caller closes it. */
  public Replication replicate(WritableStorage storage) {
    return replicate(storage, config -> config);
  }

  public Replication replicate(WritableStorage storage, UnaryOperator<ReplicationConfig> change) {
    return replicate(storage, change, reason -> {});
  }

  /**
   * @param lostListener told when the slot is lost
   */
  public Replication replicate(
      WritableStorage storage,
      UnaryOperator<ReplicationConfig> change,
      Consumer<String> lostListener) {
    ReplicationConfig config = change.apply(config());
    StagedWrites writes =
        new StagedWrites(
            storage, new SourceServer(config.url(), config.credentials()), spillDirectory);
    Replication replication = new Replication(config, storage, writes, "test", lostListener);
    try {
      replication.start();
      return replication;
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** WritableStorage that writes to this database's catalog. */
  public MemoryStorage memoryStorage() {
    return new MemoryStorage(catalog());
  }

  /** Writes to this database's catalog. */
  public MemoryStorage.Catalog catalog() {
    return new MemoryStorage.Catalog() {
      @Override
      public void durable(Lsn lsn) {
        record("UPDATE datrang.sidecar SET durable_lsn = '" + lsn + "'");
      }

      @Override
      public void streaming(long tableId, Lsn snapshotLsn) {
        record(
            "UPDATE datrang.tables SET state = 'streaming', snapshot_lsn = '"
                + snapshotLsn
                + "' WHERE state = 'backfilling' AND table_id = "
                + tableId);
      }

      @Override
      public void failed(long tableId, String message) {
        execute(
            "UPDATE datrang.tables SET state = 'error', error = '"
                + message.replace("'", "''")
                + "' WHERE state <> 'pending' AND table_id = "
                + tableId);
      }
    };
  }

  /** Executes it until the server says that it has, whatever became of an earlier attempt. */
  private void record(String sql) {
    try {
      execute(sql);
    } catch (IllegalStateException e) {
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(
              () -> {
                execute(sql);
                return true;
              });
    }
  }

  public CatalogTable catalogTable(long tableId) {
    try (Connection connection = cluster.connect()) {
      return new MirrorCatalog(connection, "datrang")
          .tables().stream().filter(t -> t.tableId() == tableId).findFirst().orElseThrow();
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** The source's rows now, in the form {@link ArrowText} gives, through COPY and our decoders. */
  public List<List<String>> rows(long tableId) {
    CatalogTable table = catalogTable(tableId);
    TableSchema schema = table.schema();
    try (Connection connection = cluster.connect();
        BufferAllocator allocator = new RootAllocator();
        RowBatch batch = new RowBatch(schema.columns(), TypeMapping.rows(schema), allocator)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET TimeZone TO 'UTC'");
        statement.execute("SET bytea_output TO 'hex'");
        statement.execute("SET IntervalStyle TO 'postgres'");
        statement.execute("SET lc_monetary TO 'C'");
        statement.execute("SET extra_float_digits TO 3");
        statement.execute("SET DateStyle TO 'ISO, MDY'");
      }
      CopyOut copy =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut("COPY (SELECT " + columns(schema) + " FROM " + name(table) + ") TO STDOUT");
      CopyText text = new CopyText();
      for (byte[] line = copy.readFromCopy(); line != null; line = copy.readFromCopy()) {
        text.read(line, batch);
      }
      return rows(batch.finish());
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private String name(CatalogTable table) {
    return value(
        "SELECT format('%I.%I', nspname, relname) FROM pg_class c"
            + " JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = "
            + Integer.toUnsignedLong(table.sourceOid()));
  }

  private static String columns(TableSchema schema) {
    return schema.columns().stream()
        .map(c -> '"' + c.name().replace("\"", "\"\"") + '"')
        .collect(Collectors.joining(", "));
  }

  public static List<List<String>> rows(VectorSchemaRoot root) {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < root.getRowCount(); i++) {
      List<String> row = new ArrayList<>();
      for (FieldVector vector : root.getFieldVectors()) {
        row.add(ArrowText.of(vector, i));
      }
      rows.add(row);
    }
    return rows;
  }

  @Override
  public void close() {
    cluster.close();
    try (Stream<Path> files = Files.walk(spillDirectory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
