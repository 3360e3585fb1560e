package io.datrang.server;

import io.datrang.replication.ReplicationStatus;
import io.datrang.replication.SessionListener;
import io.datrang.replication.apply.CommitListener;
import io.datrang.replication.writes.StagedWrites;
import io.datrang.server.functions.ZoneLookup;
import io.datrang.server.query.StatusReport;
import io.datrang.server.query.TableLookup.TableStates;
import io.datrang.storage.Storage;
import java.util.Optional;

/** What the sidecar serves: tables, and the replication that keeps them fresh. */
interface Backend extends AutoCloseable {
  /** Opens a backend; may fail while PostgreSQL is not there, and is tried again then. */
  interface Opener {
    Backend open(Watcher watcher);
  }

  /** Who is told, on any thread, that an open backend cannot go on. */
  interface Watcher {
    /** It must be closed and opened again. */
    void reopen(String reason);

    /** The process must end: another sidecar has taken over. */
    void end(String reason);
  }

  Storage storage();

  /** What transactions have written to native tables; empty when there can be none. */
  default Optional<StagedWrites> writes() {
    return Optional.empty();
  }

  TableStates tableStates();

  StatusReport status();

  /** Where the tables are that another sidecar writes; empty when this one does. */
  default Optional<String> readOnlyAt() {
    return Optional.empty();
  }

  /** How far replication is. */
  ReplicationStatus replicationStatus();

  /** Has commits reported that become visible. */
  void onVisible(CommitListener listener);

  /** Has the server's sessions reported. */
  void onSessions(SessionListener listener);

  /** The time zones of the database that is followed. */
  ZoneLookup zones();

  /** Why the tables do not become fresher at present; empty when they do. */
  Optional<String> problem();

  /** Stops following PostgreSQL, writes what can be written, and lets go of everything. */
  @Override
  void close();
}
