package io.datrang.server;

import io.datrang.replication.ReplicationStatus;
import io.datrang.replication.SessionListener;
import io.datrang.replication.TableReplication;
import io.datrang.replication.apply.CommitListener;
import io.datrang.server.config.ServerConfig;
import io.datrang.server.functions.ZoneLookup;
import io.datrang.server.query.StatusReport;
import io.datrang.server.query.TableLookup.TableStates;
import io.datrang.storage.ReadOnlyStorage;
import io.datrang.storage.Storage;
import io.datrang.storage.StorageConfig;
import io.datrang.types.Lsn;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/** Tables that another sidecar writes, as of its last flush. Thread safe. */
final class ReadOnlyBackend implements Backend {
  private final StorageConfig parts;
  private final ReadOnlyStorage storage;
  private final ZoneLookup zones;
  private final TableStates states;

  private ReadOnlyBackend(StorageConfig parts, ReadOnlyStorage storage) {
    this.parts = parts;
    this.storage = storage;
    this.zones = new PostgresZones(parts.catalog()::getConnection);
    this.states = new CatalogStates(parts.catalog());
  }

  static ReadOnlyBackend open(ServerConfig config, StorageConfig parts, Watcher watcher) {
    String name = host() + " " + config.flight();
    return new ReadOnlyBackend(parts, ReadOnlyStorage.open(parts, name, watcher::reopen));
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "a host without a name";
    }
  }

  @Override
  public Storage storage() {
    return storage;
  }

  @Override
  public TableStates tableStates() {
    return states;
  }

  @Override
  public StatusReport status() {
    return new LiveStatus(storage, this::replicationStatus);
  }

  /** All positions are that of what is read: nothing else is known here. */
  @Override
  public ReplicationStatus replicationStatus() {
    Lsn lsn = storage.appliedLsn();
    List<TableReplication> tables =
        storage.tables().stream()
            .map(t -> new TableReplication(t.tableId(), "read-only", null, 0, 0, 0))
            .toList();
    return new ReplicationStatus(
        false, lsn, lsn, lsn, lsn, lsn, 0, 0, 0, storage.problem().orElse(null), tables);
  }

  @Override
  public void onVisible(CommitListener listener) {}

  @Override
  public void onSessions(SessionListener listener) {}

  @Override
  public Optional<String> readOnlyAt() {
    return Optional.of(storage.appliedLsn().toString());
  }

  @Override
  public ZoneLookup zones() {
    return zones;
  }

  @Override
  public Optional<String> problem() {
    return storage.problem();
  }

  @Override
  public void close() {
    storage.close();
    parts.files().close();
  }
}
