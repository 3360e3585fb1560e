package io.datrang.server;

import io.datrang.replication.Replication;
import io.datrang.replication.ReplicationConfig;
import io.datrang.replication.ReplicationStatus;
import io.datrang.replication.SessionListener;
import io.datrang.replication.apply.CommitListener;
import io.datrang.replication.connect.SourceServer;
import io.datrang.replication.writes.StagedWrites;
import io.datrang.server.config.ServerConfig;
import io.datrang.server.functions.ZoneLookup;
import io.datrang.server.query.StatusReport;
import io.datrang.server.query.TableLookup.TableStates;
import io.datrang.storage.FencedException;
import io.datrang.storage.LocalStorage;
import io.datrang.storage.Storage;
import io.datrang.storage.StorageConfig;
import io.datrang.storage.StorageException;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.LocalFiles;
import io.datrang.storage.files.ObjectFiles;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tables in files below the data directory, with the catalog in PostgreSQL. Thread safe. */
final class PostgresBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresBackend.class);

  private final CatalogStates states;
  private final FileStore keeper;
  private final LocalStorage storage;
  private final StagedWrites writes;
  private final Replication replication;
  private final ZoneLookup zones;

  private PostgresBackend(
      DataSource catalog,
      FileStore keeper,
      LocalStorage storage,
      StagedWrites writes,
      Replication replication) {
    this.states = new CatalogStates(catalog);
    this.keeper = keeper;
    this.storage = storage;
    this.writes = writes;
    this.replication = replication;
    this.zones = new PostgresZones(catalog::getConnection);
  }

  static Opener opener(ServerConfig config) {
    WriterGuard guard = new WriterGuard();
    return watcher -> open(config, watcher, guard);
  }

  private static Backend open(ServerConfig config, Watcher watcher, WriterGuard guard) {
    DataSource catalog = dataSource(config.postgres());
    CatalogVersion.check(catalog, Version.text());
    if (!config.files().readOnly()) {
      guard.check(catalog);
    }
    FileStore keeper = fileStore(config.files());
    try {
      StorageConfig storage = storageConfig(config, catalog, keeper);
      return config.files().readOnly()
          ? ReadOnlyBackend.open(config, storage, watcher)
          : open(config, storage, watcher, guard);
    } catch (RuntimeException | Error e) {
      keeper.close();
      throw e;
    }
  }

  private static StorageConfig storageConfig(
      ServerConfig config, DataSource catalog, FileStore keeper) {
    ServerConfig.Files files = config.files();
    ServerConfig.Engine engine = config.engine();
    return new StorageConfig(
        files.dataDirectory(),
        catalog,
        engine.memoryBytesMax(),
        engine.cacheBytesMax(),
        engine.threads(),
        engine.tempDirectory(),
        engine.tempBytesMax(),
        engine.tempIsChecked() ? StorageConfig.SPILL_IS_CHECKED : Map.of(),
        files.flushInterval(),
        files.flushRows(),
        files.fileBytesTarget(),
        StorageConfig.SMALL_FILES_MAX,
        files.compactionInterval(),
        files.compactionBytesPerSecond(),
        files.icebergHistory(),
        keeper);
  }

  private static PostgresBackend open(
      ServerConfig config, StorageConfig parts, Watcher watcher, WriterGuard guard) {
    LocalStorage storage = LocalStorage.open(parts, failure -> report(failure, watcher));
    guard.took(storage.epoch());
    ReplicationConfig following = replicationConfig(config);
    StagedWrites writes =
        new StagedWrites(
            storage,
            new SourceServer(following.url(), following.credentials()),
            parts.dataDirectory());
    Replication replication =
        new Replication(following, storage, writes, Version.text(), watcher::reopen);
    try {
      replication.start();
    } catch (SQLException e) {
      replication.close();
      storage.close();
      throw new IllegalStateException("cannot follow PostgreSQL: " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      replication.close();
      storage.close();
      throw e;
    }
    return new PostgresBackend(parts.catalog(), parts.files(), storage, writes, replication);
  }

  private static FileStore fileStore(ServerConfig.Files files) {
    return files.objectStore() == null
        ? new LocalFiles()
        : ObjectFiles.open(files.dataDirectory(), files.objectStore());
  }

  private static void report(StorageException failure, Watcher watcher) {
    if (failure instanceof FencedException) {
      watcher.end(failure.getMessage());
    } else {
      watcher.reopen(failure.getMessage());
    }
  }

  private static ReplicationConfig replicationConfig(ServerConfig config) {
    ServerConfig.Postgres postgres = config.postgres();
    Properties credentials = new Properties();
    credentials.setProperty("user", postgres.user());
    if (postgres.password() != null) {
      credentials.setProperty("password", postgres.password());
    }
    ReplicationConfig defaults =
        ReplicationConfig.defaults(
            postgres.jdbcUrl(), credentials, config.engine().tempDirectory().resolve("changes"));
    return new ReplicationConfig(
        defaults.url(),
        defaults.credentials(),
        config.replication().slotName(),
        config.replication().publicationName(),
        defaults.spillDirectory(),
        config.replication().backfillWorkers(),
        defaults.copyTablesMax(),
        defaults.snapshotTimeout(),
        defaults.batchChangesMax(),
        defaults.batchBytesMax(),
        defaults.inboxBytesMax(),
        defaults.transactionBytesMax(),
        defaults.stashBytesMax(),
        defaults.protocolMax(),
        defaults.statusInterval(),
        defaults.pollInterval(),
        defaults.reconnectWaitMax(),
        defaults.silenceMax());
  }

  private static DataSource dataSource(ServerConfig.Postgres postgres) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(postgres.jdbcUrl());
    source.setUser(postgres.user());
    source.setPassword(postgres.password());
    source.setApplicationName("datrang");
    source.setConnectTimeout(10);
    source.setTcpKeepAlive(true);
    return source;
  }

  @Override
  public Storage storage() {
    return storage;
  }

  @Override
  public Optional<StagedWrites> writes() {
    return Optional.of(writes);
  }

  @Override
  public TableStates tableStates() {
    return this::describe;
  }

  private Optional<String> describe(long tableId) {
    Optional<String> copying =
        replication.status().tables().stream()
            .filter(t -> t.tableId() == tableId && t.progress() != null)
            .map(t -> "Its state is " + t.state() + ": " + t.progress())
            .findFirst();
    return copying.isPresent() ? copying : states.describe(tableId);
  }

  @Override
  public ReplicationStatus replicationStatus() {
    return replication.status();
  }

  @Override
  public void onVisible(CommitListener listener) {
    replication.onVisible(listener);
  }

  @Override
  public void onSessions(SessionListener listener) {
    replication.onSessions(listener);
  }

  @Override
  public StatusReport status() {
    return new LiveStatus(storage, replication::status);
  }

  @Override
  public ZoneLookup zones() {
    return zones;
  }

  @Override
  public Optional<String> problem() {
    return Optional.ofNullable(replication.status().error());
  }

  @Override
  public void close() {
    replication.close();
    writes.close();
    try {
      storage.flush();
    } catch (RuntimeException e) {
      LOG.warn("the last changes stay with PostgreSQL until the next start: {}", e.getMessage());
    } finally {
      storage.close();
      keeper.close();
    }
  }
}
