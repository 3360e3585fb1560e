package io.datrang.server;

import io.datrang.server.config.ServerConfig;
import io.datrang.server.query.StatusReport;
import io.datrang.server.query.TableLookup.TableStates;
import io.datrang.storage.LocalStorage;
import io.datrang.storage.Storage;
import io.datrang.storage.StorageConfig;
import io.datrang.storage.TableStatus;
import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tables in files below the data directory, with the catalog in PostgreSQL. Thread safe. */
final class PostgresBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresBackend.class);

  private final DataSource catalog;
  private final LocalStorage storage;

  private PostgresBackend(DataSource catalog, LocalStorage storage) {
    this.catalog = catalog;
    this.storage = storage;
  }

  static Opener opener(ServerConfig config) {
    return failed -> open(config);
  }

  private static PostgresBackend open(ServerConfig config) {
    DataSource catalog = dataSource(config.postgres());
    ServerConfig.Files files = config.files();
    ServerConfig.Engine engine = config.engine();
    LocalStorage storage =
        LocalStorage.open(
            new StorageConfig(
                files.dataDirectory(),
                catalog,
                engine.memoryBytesMax(),
                engine.threads(),
                engine.tempDirectory(),
                engine.tempBytesMax(),
                Map.of(),
                files.flushInterval(),
                files.flushRows(),
                files.fileBytesTarget(),
                files.icebergHistory()));
    return new PostgresBackend(catalog, storage);
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
  public TableStates tableStates() {
    return this::describe;
  }

  private Optional<String> describe(long tableId) {
    String sql = "SELECT state, error FROM datrang.tables WHERE table_id = ?";
    try (Connection connection = catalog.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, tableId);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        String error = row.getString(2);
        return Optional.of(
            "Its state is " + row.getString(1) + (error == null ? "." : ": " + error));
      }
    } catch (SQLException e) {
      LOG.warn("cannot look up the state of table {}: {}", tableId, e.getMessage());
      return Optional.of("Its state is not known: the catalog cannot be read.");
    }
  }

  @Override
  public StatusReport status() {
    return () -> {
      List<Object[]> rows = new ArrayList<>();
      String applied = storage.appliedLsn().toString();
      String durable = storage.durableLsn().toString();
      rows.add(row(0, null, applied, durable));
      for (TableSchema table : storage.tables()) {
        Optional<TableStatus> figures = storage.status(table.tableId());
        figures.ifPresent(f -> rows.add(row(table.tableId(), f, applied, durable)));
      }
      return rows;
    };
  }

  private static Object[] row(long id, TableStatus f, String applied, String durable) {
    return new Object[] {
      id,
      f == null ? null : (Object) f.rows(),
      f == null ? null : (Object) f.files(),
      f == null ? null : (Object) f.bytes(),
      f == null ? null : (Object) f.deltaRows(),
      applied,
      durable,
      null,
      null,
      null,
      null,
      null,
      f == null ? null : f.error()
    };
  }

  @Override
  public void close() {
    storage.close();
  }
}
