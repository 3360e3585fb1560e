package io.datrang.server;

import io.datrang.server.query.StatusReport;
import io.datrang.server.query.TableLookup.TableStates;
import io.datrang.storage.Storage;
import java.util.function.Consumer;

/** What the sidecar serves: tables, and the replication that keeps them fresh. */
interface Backend extends AutoCloseable {
  /** Opens a backend; may fail while PostgreSQL is not there, and is tried again then. */
  interface Opener {
    /**
     * Opens it.
     *
     * @param failed told, once, when an open backend can never work again and the process must end
     */
    Backend open(Consumer<String> failed);
  }

  Storage storage();

  TableStates tableStates();

  StatusReport status();

  /** Stops following PostgreSQL, writes what can be written, and lets go of everything. */
  @Override
  void close();
}
