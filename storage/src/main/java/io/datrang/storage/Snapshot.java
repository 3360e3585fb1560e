package io.datrang.storage;

import io.datrang.types.Lsn;
import java.util.Collection;
import java.util.Optional;

/**
 * An immutable readable state of all tables at one LSN. Files and delta rows it needs stay until it
 * is closed. Usable from any number of threads and engine connections at once.
 */
public interface Snapshot extends AutoCloseable {
  Lsn lsn();

  Collection<TableSnapshot> tables();

  Optional<TableSnapshot> table(long tableId);

  Optional<TableSnapshot> table(String schemaName, String tableName);

  /** The same once more, to be closed on its own. */
  default Snapshot again() {
    throw new UnsupportedOperationException("a snapshot that is read once");
  }

  @Override
  void close();
}
