package io.datrang.server.access;

import io.datrang.server.query.NotReadyException;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes holds of partitioned tables, each in a transaction on a connection of its own. */
final class PartitionHolds {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionHolds.class);

  /** Longer than partitions are exchanged, shorter than a client waits. */
  private static final String LOCK_TIMEOUT = "10s";

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final String url;
  private final Properties own;

  PartitionHolds(String url, Properties own) {
    this.url = url;
    this.own = own;
  }

  /**
   * Holds those of the names that are partitioned tables.
   *
   * @param searchPath for names without schema
   * @throws NotReadyException when PostgreSQL cannot be asked, or they are being changed
   */
  HeldTables hold(Role role, Collection<HeldTables.Name> names, List<String> searchPath) {
    Connection connection = null;
    try {
      connection = DriverManager.getConnection(url, own);
      HeldTables held = hold(connection, role, names, searchPath);
      if (!held.tables().isEmpty()) {
        connection = null; // now the hold's
      }
      return held;
    } catch (SQLException e) {
      LOG.warn("cannot hold partitions: {}", e.getMessage());
      throw new NotReadyException(
          LOCK_NOT_AVAILABLE.equals(e.getSQLState())
              ? "partitions of a table of the query are being changed"
              : "PostgreSQL cannot say now what you may read");
    } finally {
      close(connection);
    }
  }

  private static HeldTables hold(
      Connection connection, Role role, Collection<HeldTables.Name> names, List<String> searchPath)
      throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET search_path = pg_catalog, pg_temp");
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      statement.execute("SET lock_timeout = '" + LOCK_TIMEOUT + "'");
    }
    if (names.size() > 1) {
      lock(connection, role, names, searchPath);
    }
    Map<HeldTables.Name, PartitionedTable> tables = new HashMap<>();
    Lsn position = null;
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT * FROM datrang.hold_partitioned(?, ?, ?)")) {
      for (HeldTables.Name name : names) {
        setName(statement, name, searchPath);
        statement.setLong(3, role.effectiveOid());
        try (ResultSet rows = statement.executeQuery()) {
          List<PartitionedTable.Partition> partitions = new ArrayList<>();
          while (rows.next()) {
            Lsn heldAt = lsn(rows.getString("held_at"));
            position = heldAt == null ? position : heldAt;
            addPartition(rows, partitions);
            tables.put(name, table(rows, partitions));
          }
        }
      }
    }
    return new HeldTables(tables, position, () -> close(connection));
  }

  /** Takes the locks of all names in an order that other queries take theirs in, too. */
  private static void lock(
      Connection connection, Role role, Collection<HeldTables.Name> names, List<String> searchPath)
      throws SQLException {
    List<Long> oids = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT datrang.find_partitioned(?, ?)")) {
      for (HeldTables.Name name : names) {
        setName(statement, name, searchPath);
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          long oid = row.getLong(1);
          if (!row.wasNull()) {
            oids.add(oid);
          }
        }
      }
    }
    if (oids.size() < 2) {
      return; // holding it takes its locks
    }
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT datrang.lock_partitioned(?, ?)")) {
      statement.setArray(1, connection.createArrayOf("oid", oids.toArray()));
      statement.setLong(2, role.effectiveOid());
      statement.execute();
    }
  }

  private static void setName(
      PreparedStatement statement, HeldTables.Name name, List<String> searchPath)
      throws SQLException {
    List<String> schemas = name.schema().isEmpty() ? searchPath : List.of(name.schema());
    statement.setArray(1, statement.getConnection().createArrayOf("name", schemas.toArray()));
    statement.setString(2, name.table());
  }

  private static void addPartition(ResultSet row, List<PartitionedTable.Partition> partitions)
      throws SQLException {
    String name = row.getString("partition");
    if (name != null) {
      long tableId = row.getLong("table_id");
      partitions.add(new PartitionedTable.Partition(name, row.wasNull() ? null : tableId));
    }
  }

  private static PartitionedTable table(ResultSet row, List<PartitionedTable.Partition> partitions)
      throws SQLException {
    List<String> columns =
        row.getArray("columns") == null
            ? List.of()
            : List.of((String[]) row.getArray("columns").getArray());
    return new PartitionedTable(
        row.getString("title"), row.getString("refusal"), columns, partitions);
  }

  private static Lsn lsn(String text) {
    return text == null ? null : Lsn.parse(text);
  }

  /** Ends the transaction with the connection. */
  private static void close(Connection connection) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      LOG.debug("while closing", e);
    }
  }
}
