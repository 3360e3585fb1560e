package io.datrang.server.access;

import io.datrang.types.Lsn;
import java.util.Map;
import java.util.Optional;

/**
 * Partitioned tables whose partitions stay what they are until this is closed. For one thread.
 *
 * @param tables those there are of the names that were asked for
 * @param position where they have been this way; null when there are none
 * @param release ends the hold
 */
public record HeldTables(Map<Name, PartitionedTable> tables, Lsn position, Runnable release)
    implements AutoCloseable {
  /**
   * A name as a statement has it.
   *
   * @param schema may be empty
   */
  public record Name(String schema, String table) {}

  public HeldTables {
    tables = Map.copyOf(tables);
  }

  public static HeldTables none() {
    return new HeldTables(Map.of(), null, () -> {});
  }

  public Optional<PartitionedTable> find(Name name) {
    return Optional.ofNullable(tables.get(name));
  }

  @Override
  public void close() {
    release.run();
  }
}
