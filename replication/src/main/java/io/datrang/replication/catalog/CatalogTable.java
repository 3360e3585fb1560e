package io.datrang.replication.catalog;

import io.datrang.types.Lsn;
import io.datrang.types.RowId;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.Objects;

/**
 * A row of {@code datrang.tables}.
 *
 * @param tableId {@code datrang.tables.table_id}
 * @param sourceOid of the heap table; 0 when there is none any more
 * @param partitions oids of a partitioned table's partitions that have rows; null for others
 * @param sourceSchema of the heap table
 * @param sourceName of the heap table
 * @param schema null when the table is dropped
 * @param state as in the catalog
 * @param snapshotLsn consistent point of the copy, {@link Lsn#ZERO} before there is one
 * @param published whether the publication has had all of the table since it was copied
 */
public record CatalogTable(
    long tableId,
    int sourceOid,
    List<Integer> partitions,
    String sourceSchema,
    String sourceName,
    TableSchema schema,
    State state,
    Lsn snapshotLsn,
    boolean published) {

  /** {@code datrang.tables.state}. */
  public enum State {
    PENDING,
    BACKFILLING,
    STREAMING,
    ERROR,
    DROPPED
  }

  public CatalogTable {
    Objects.requireNonNull(state);
    Objects.requireNonNull(snapshotLsn);
  }

  /** Whether it is written through PostgreSQL and has no source. */
  public boolean isNative() {
    return schema != null && RowId.isKeyOf(schema);
  }

  /** Oids of the relations its rows are in. */
  public List<Integer> sources() {
    return partitions == null ? List.of(sourceOid) : partitions;
  }

  /** {@code schema.name} of the heap table. */
  public String source() {
    return sourceSchema + "." + sourceName;
  }

  /** What repairs the mirror of a heap table, as it can be executed. */
  public static String resync(String schema, String name) {
    String source = quoted(schema) + "." + quoted(name);
    return "run datrang.resync('" + source.replace("'", "''") + "')";
  }

  private static String quoted(String identifier) {
    return identifier.matches("[a-z_][a-z0-9_$]*")
        ? identifier
        : '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
