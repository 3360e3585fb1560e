package io.datrang.replication.catalog;

import io.datrang.storage.TableDescriptions;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Statements on Datrang's catalog tables; the caller owns the connection and its thread. */
public final class MirrorCatalog {
  private static final String TABLES =
      TableDescriptions.DOMAINS
          + """
      SELECT t.table_id, t.source::int8, t.partitions::int8[], t.source_schema, t.source_name, t.schema_name, t.table_name,
             t.key, t.version, t.state, t.snapshot_lsn::text,
             EXISTS (SELECT FROM pg_catalog.pg_publication_rel r
                     JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
                     WHERE p.pubname = ? AND r.prrelid = t.source
                       AND r.oid = coalesce(t.publication_entry, r.oid)
                       AND r.prqual IS NULL AND r.prattrs IS NULL AND NOT p.pubviaroot) AS published,
             c.n, (c.value->>'field_id')::int AS field_id, c.value->>'name' AS name,
             (c.value->>'not_null')::bool AS not_null, c.value->>'missing' AS missing,
             coalesce((SELECT d.name FROM domains d WHERE d.oid = (c.value->>'oid')::oid), c.value->>'type') AS type,
             (c.value->>'oid')::int8 AS oid,
             (c.value->>'typmod')::int AS typmod, c.value->>'kind' AS kind,
             (c.value->>'precision')::int AS precision, (c.value->>'scale')::int AS scale,
             c.value->'element'->>'type' AS element_type,
             (c.value->'element'->>'oid')::int8 AS element_oid,
             (c.value->'element'->>'typmod')::int AS element_typmod,
             c.value->'element'->>'kind' AS element_kind,
             (c.value->'element'->>'precision')::int AS element_precision,
             (c.value->'element'->>'scale')::int AS element_scale
      FROM datrang.tables t,
           jsonb_array_elements(t.columns) WITH ORDINALITY c(value, n)
      ORDER BY t.table_id, c.n
      """;

  private final Connection connection;
  private final String publication;

  public MirrorCatalog(Connection connection, String publication) {
    this.connection = connection;
    this.publication = publication;
  }

  /** All mirrors, dropped ones included. */
  public List<CatalogTable> tables() throws SQLException {
    List<CatalogTable> tables = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
      statement.setString(1, publication);
      try (ResultSet rows = statement.executeQuery()) {
        boolean more = rows.next();
        while (more) {
          long tableId = rows.getLong("table_id");
          TableRow table = new TableRow(rows);
          List<Column> columns = new ArrayList<>();
          do {
            columns.add(column(rows));
            more = rows.next();
          } while (more && rows.getLong("table_id") == tableId);
          tables.add(table.with(columns));
        }
      }
    }
    return tables;
  }

  /** Has mirrors follow what the event trigger did not see, because it is missing or disabled. */
  public void followLate() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT datrang.follow_late()");
    }
  }

  /**
   * Partitions of the mirrored partitioned tables as of a position, by table; a transaction that
   * was open there counts as committed.
   */
  public Map<Long, List<Integer>> partitionsAt(Lsn position) throws SQLException {
    Map<Long, List<Integer>> partitions = new HashMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT table_id, partitions::int8[] FROM datrang.partition_sets"
                + " WHERE changed_at <= ?::pg_lsn ORDER BY set_id")) {
      statement.setString(1, position.toString());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          partitions.put(row.getLong(1), oids(row.getArray(2)));
        }
      }
    }
    return partitions;
  }

  private static List<Integer> oids(Array array) throws SQLException {
    return array == null
        ? null
        : Arrays.stream((Long[]) array.getArray()).map(Long::intValue).toList();
  }

  /** One mirror as the catalog has it now; empty when there is none. */
  public Optional<CatalogTable> table(long tableId) throws SQLException {
    return tables().stream().filter(t -> t.tableId() == tableId).findFirst();
  }

  /** What a row says about the table, before its columns are known. */
  private static final class TableRow {
    private final long tableId;
    private final int sourceOid;
    private final List<Integer> partitions;
    private final String sourceSchema;
    private final String sourceName;
    private final String schemaName;
    private final String tableName;
    private final List<Integer> key;
    private final int version;
    private final CatalogTable.State state;
    private final Lsn snapshotLsn;
    private final boolean published;

    TableRow(ResultSet row) throws SQLException {
      tableId = row.getLong("table_id");
      sourceOid = (int) row.getLong("source"); // an unsigned 32-bit number
      partitions = oids(row.getArray("partitions"));
      sourceSchema = row.getString("source_schema");
      sourceName = row.getString("source_name");
      schemaName = row.getString("schema_name");
      tableName = row.getString("table_name");
      Array keyArray = row.getArray("key");
      key = Arrays.asList((Integer[]) keyArray.getArray());
      version = row.getInt("version");
      state = CatalogTable.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT));
      String lsn = row.getString("snapshot_lsn");
      snapshotLsn = lsn == null ? Lsn.ZERO : Lsn.parse(lsn);
      published = row.getBoolean("published");
    }

    CatalogTable with(List<Column> columns) {
      TableSchema schema =
          state == CatalogTable.State.DROPPED
              ? null
              : new TableSchema(tableId, schemaName, tableName, columns, key, version);
      return new CatalogTable(
          tableId,
          sourceOid,
          partitions,
          sourceSchema,
          sourceName,
          schema,
          state,
          snapshotLsn,
          published);
    }
  }

  private static Column column(ResultSet row) throws SQLException {
    String elementKind = row.getString("element_kind");
    ColumnType element = elementKind == null ? null : type(row, "element_", null);
    return new Column(
        row.getInt("field_id"),
        row.getString("name"),
        type(row, "", element),
        row.getBoolean("not_null"),
        row.getString("missing"));
  }

  private static ColumnType type(ResultSet row, String prefix, ColumnType element)
      throws SQLException {
    return ColumnType.described(
        row.getString(prefix + "type"),
        (int) row.getLong(prefix + "oid"),
        row.getInt(prefix + "typmod"),
        row.getString(prefix + "kind"),
        row.getInt(prefix + "precision"),
        row.getInt(prefix + "scale"),
        element);
  }

  /**
   * Says that the table is being copied.
   *
   * @param isKnown whether its changes are taken; a complete copy of one whose changes are not was
   *     lost after its commit
   * @return whether that is wanted: false when it is complete, stopped or dropped by now
   */
  public boolean backfilling(long tableId, boolean isKnown) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.tables SET state = 'backfilling', error = NULL WHERE table_id = ?"
                + " AND (state IN ('pending', 'backfilling') OR state = 'streaming' AND NOT ?)")) {
      statement.setLong(1, tableId);
      statement.setBoolean(2, isKnown);
      return statement.executeUpdate() == 1;
    }
  }
}
