package io.datrang.storage;

import io.datrang.index.IndexChecksum;
import io.datrang.index.IndexStore;
import io.datrang.storage.parquet.Checksums;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog in PostgreSQL, as this sidecar writes it: every change is one transaction that first
 * checks that no other sidecar has taken over.
 */
final class Catalog {
  /**
   * What the catalog knows of a table when storage starts.
   *
   * @param error why it has ended; of one that is streaming, what was wrong with its files
   * @param doubtful ids of files that {@link StoredFiles} has not found as they were written
   */
  record StoredTable(
      TableSchema schema,
      String state,
      String error,
      Lsn snapshotLsn,
      Lsn frozenLsn,
      List<DataFile> files,
      Set<Long> doubtful) {}

  /** Statements of one transaction. */
  interface Work {
    void run(Connection connection) throws SQLException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

  /** Of a table that ends: whether another copy is made or wanted anyway. */
  private static final String IS_COPIED =
      "why IS NULL OR state = 'pending' OR state = 'backfilling' AND at IS NOT NULL";

  private final DataSource source;
  private final Path dataDirectory;
  private final long epoch;
  private final Lsn durableAtStart;
  private volatile long commits;

  private Catalog(DataSource source, Path dataDirectory, long epoch, Lsn durableAtStart) {
    this.source = source;
    this.dataDirectory = dataDirectory;
    this.epoch = epoch;
    this.durableAtStart = durableAtStart;
  }

  /** Takes the catalog over: from now on every other sidecar's commits fail. */
  static Catalog open(DataSource source, Path dataDirectory) {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "UPDATE datrang.sidecar SET epoch = epoch + 1, started_at = now()"
                    + " RETURNING epoch, durable_lsn::text")) {
      if (!row.next()) {
        throw new StorageException("datrang.sidecar has no row");
      }
      String durable = row.getString(2);
      return new Catalog(
          source, dataDirectory, row.getLong(1), durable == null ? Lsn.ZERO : Lsn.parse(durable));
    } catch (SQLException e) {
      throw new StorageException("cannot take over the catalog: " + e.getMessage(), e);
    }
  }

  Lsn durableAtStart() {
    return durableAtStart;
  }

  long epoch() {
    return epoch;
  }

  /** Number of the last transaction that was committed here; grows with each. */
  long commits() {
    return commits;
  }

  /**
   * Runs the work in one transaction under this sidecar's epoch. One at a time: the outcome of the
   * last one can be read from its token until the next one begins.
   *
   * @throws FencedException when another sidecar has taken over
   * @throws CommitStateUnknownException when nobody can say whether it has happened
   */
  synchronized void transaction(String what, Work work) {
    String token = UUID.randomUUID().toString();
    try {
      Connection connection = source.getConnection();
      try {
        connection.setAutoCommit(false);
        waitForWal(connection);
        long number = checkEpoch(connection, token);
        work.run(connection);
        commit(connection, token);
        commits = number;
      } finally {
        close(connection);
      }
    } catch (SQLException e) {
      throw new StorageException("cannot " + what + ": " + e.getMessage(), e);
    }
  }

  /** Ends the connection, and a transaction that is not committed; what is committed stays so. */
  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("closing a connection failed", e);
    }
  }

  /** Commits; when the answer is lost, asks the server what has become of the transaction. */
  private void commit(Connection connection, String token) throws SQLException {
    try {
      connection.commit();
    } catch (SQLException e) {
      if (!CommitOutcome.of(source, token, epoch).isCommitted()) {
        throw e;
      }
    }
  }

  /**
   * What is committed here is acknowledged to the slot, so it has to outlive a crash, whatever the
   * database's or the role's settings say.
   */
  private static void waitForWal(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT set_config('synchronous_commit', 'on', true)"
              + " WHERE current_setting('synchronous_commit') = 'off'");
    }
  }

  /** Answers the number this transaction has once it is committed. */
  private long checkEpoch(Connection connection, String token) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.sidecar SET commit_token = ?::uuid, commits = commits + 1"
                + " WHERE epoch = ? RETURNING commits")) {
      statement.setString(1, token);
      statement.setLong(2, epoch);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new FencedException(
              "another sidecar has taken over the catalog; this one (epoch "
                  + epoch
                  + ") must end");
        }
        return row.getLong(1);
      }
    }
  }

  static void setDurable(Connection connection, Lsn durable) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE datrang.sidecar SET durable_lsn = ?::pg_lsn")) {
      statement.setString(1, durable.toString());
      statement.executeUpdate();
    }
  }

  static void setState(Connection connection, long tableId, String state, String error)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.tables SET state = ?, error = ?"
                + " WHERE table_id = ? AND state <> 'dropped'")) {
      statement.setString(1, state);
      statement.setString(2, error);
      statement.setLong(3, tableId);
      statement.executeUpdate();
    }
  }

  /**
   * Records that a table has ended. One that is to be copied anew, or is being copied anew, stays
   * so, whatever has become of what readers see until then.
   *
   * @param error why it has, or null when it is to be copied anew
   * @param frozenAt position its files are of, or null when it was never readable
   */
  static void setEnded(Connection connection, long tableId, String error, Lsn frozenAt)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            // No subquery asks for the state: it would see the row as it was before a wait for it.
            "UPDATE datrang.tables SET frozen_lsn = coalesce(at, frozen_lsn),"
                + " state = CASE WHEN "
                + IS_COPIED
                + " THEN CASE WHEN why IS NULL AND state = 'streaming' THEN 'pending' ELSE state END"
                + " ELSE 'error' END, error = CASE WHEN "
                + IS_COPIED
                + " THEN error ELSE why END"
                + " FROM (VALUES (?::pg_lsn, ?::text)) v(at, why)"
                + " WHERE table_id = ? AND state <> 'dropped'")) {
      statement.setString(1, frozenAt == null ? null : frozenAt.toString());
      statement.setString(2, error);
      statement.setLong(3, tableId);
      statement.executeUpdate();
    }
  }

  /**
   * Records what is wrong with the files of a table that is followed all the same.
   *
   * @param damage null when nothing is
   */
  static void setDamage(Connection connection, long tableId, String damage) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.tables SET error = ? WHERE table_id = ? AND state = 'streaming'")) {
      statement.setString(1, damage);
      statement.setLong(2, tableId);
      statement.executeUpdate();
    }
  }

  static void removeFiles(Connection connection, long tableId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "WITH gone AS (DELETE FROM datrang.files WHERE table_id = ?)"
                + " UPDATE datrang.tables SET stored_version = NULL, frozen_lsn = NULL"
                + " WHERE table_id = ?")) {
      statement.setLong(2, tableId);
      statement.setLong(1, tableId);
      statement.executeUpdate();
    }
  }

  static void removeTable(Connection connection, long tableId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("DELETE FROM datrang.tables WHERE table_id = ?")) {
      statement.setLong(1, tableId);
      statement.executeUpdate();
    }
  }

  /** Records a table's changed files; answers its files, new ones with their ids. */
  List<DataFile> record(Connection connection, TableCommit commit, Lsn lsn) throws SQLException {
    for (DataFile file : commit.removed()) {
      try (PreparedStatement statement =
          connection.prepareStatement("DELETE FROM datrang.files WHERE file_id = ?")) {
        statement.setLong(1, file.fileId());
        statement.executeUpdate();
      }
    }
    for (DataFile file : commit.revised()) {
      setVector(connection, file);
    }
    List<DataFile> files = new ArrayList<>();
    for (DataFile file : commit.after()) {
      files.add(file.fileId() == 0 ? insert(connection, commit, file, lsn) : file);
    }
    if (commit.backfilled() != null) {
      setStreaming(connection, commit.schema(), commit.backfilled());
    }
    setVersion(connection, commit.schema());
    return files;
  }

  private DataFile insert(Connection connection, TableCommit commit, DataFile file, Lsn lsn)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO datrang.files (table_id, path, rows, bytes, added_lsn, footer, sorted_by)"
                + " VALUES (?, ?, ?, ?, ?::pg_lsn, ?::jsonb, ?)"
                + " RETURNING file_id")) {
      statement.setLong(1, commit.schema().tableId());
      statement.setString(2, relative(file.path()));
      statement.setLong(3, file.rows());
      statement.setLong(4, file.bytes());
      statement.setString(5, lsn.toString());
      statement.setString(6, footer(file, commit.written().get(file.path()).parts()));
      statement.setArray(7, connection.createArrayOf("int4", file.sortedBy().toArray()));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        DataFile stored = file.withId(row.getLong(1));
        IndexStore.insert(connection, stored.fileId(), stored.index());
        if (stored.vector() != null) {
          setVector(connection, stored);
        }
        return stored;
      }
    }
  }

  private static String footer(DataFile file, List<Checksums.Part> parts) {
    String head =
        "{\"row_groups\":%d,\"index\":%d,\"crc32c\":["
            .formatted(
                file.index().rowGroups().size(),
                IndexChecksum.of(file.rows(), file.bytes(), file.index()));
    return parts.stream()
        .map(p -> "[" + p.offset() + "," + p.bytes() + "," + p.crc32c() + "]")
        .collect(Collectors.joining(",", head, "]}"));
  }

  /** Records what is known of a file's contents by now. */
  static void setFooter(Connection connection, DataFile file, List<Checksums.Part> parts)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.files SET footer = ?::jsonb WHERE file_id = ?")) {
      statement.setString(1, footer(file, parts));
      statement.setLong(2, file.fileId());
      statement.executeUpdate();
    }
  }

  private void setVector(Connection connection, DataFile file) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO datrang.deletion_vectors"
                + " (file_id, path, blob_offset, blob_bytes, cardinality) VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (file_id) DO UPDATE SET path = excluded.path,"
                + " blob_offset = excluded.blob_offset, blob_bytes = excluded.blob_bytes,"
                + " cardinality = excluded.cardinality")) {
      statement.setLong(1, file.fileId());
      statement.setString(2, relative(file.vector().path()));
      statement.setLong(3, file.vector().offset());
      statement.setLong(4, file.vector().bytes());
      statement.setLong(5, file.vector().cardinality());
      statement.executeUpdate();
    }
  }

  private static void setVersion(Connection connection, TableSchema schema) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "WITH stored AS (UPDATE datrang.tables SET stored_version = ? WHERE table_id = ?"
                + " AND stored_version IS DISTINCT FROM ? RETURNING table_id, stored_version)"
                + " DELETE FROM datrang.table_versions v USING stored s"
                + " WHERE v.table_id = s.table_id AND v.version < s.stored_version")) {
      statement.setInt(1, schema.version());
      statement.setLong(2, schema.tableId());
      statement.setInt(3, schema.version());
      statement.executeUpdate();
    }
  }

  /**
   * A state {@code pending} stays, the copy that is complete now was asked for again since; and so
   * does {@code error}, the source cannot be followed any more.
   */
  private static void setStreaming(Connection connection, TableSchema schema, Lsn snapshotLsn)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.tables SET state = CASE WHEN state IN ('pending', 'error') THEN state"
                + " ELSE 'streaming' END, error = CASE state WHEN 'error' THEN error END,"
                + " snapshot_lsn = ?::pg_lsn,"
                + " frozen_lsn = NULL WHERE table_id = ? AND state <> 'dropped'")) {
      statement.setString(1, snapshotLsn.toString());
      statement.setLong(2, schema.tableId());
      statement.executeUpdate();
    }
  }

  /** Whether a table's rows can be copied anew. */
  boolean isMirror(long tableId) {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT FROM datrang.tables WHERE kind = 'mirror' AND table_id = " + tableId)) {
      return row.next();
    } catch (SQLException e) {
      throw new StorageException("cannot read the catalog: " + e.getMessage(), e);
    }
  }

  private String relative(Path path) {
    return dataDirectory.relativize(path).toString();
  }

  /** Tables that are streaming, frozen or stopped by an error, with their files. */
  List<StoredTable> load() {
    List<StoredTable> tables = new ArrayList<>();
    transaction("read the catalog", c -> tables.addAll(load(c, dataDirectory)));
    return tables;
  }

  /** The same, in a transaction of the caller's. */
  static List<StoredTable> load(Connection connection, Path dataDirectory) throws SQLException {
    List<StoredTable> tables = new ArrayList<>();
    StoredFiles files = StoredFiles.load(connection, dataDirectory);
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT table_id, state, error, snapshot_lsn::text, CASE WHEN"
                    + " state = 'streaming' OR stored_version IS NULL THEN NULL"
                    + " ELSE coalesce(frozen_lsn, durable_lsn)::text END"
                    + " FROM datrang.tables, datrang.sidecar WHERE state <> 'dropped'"
                    + " AND (stored_version IS NOT NULL OR state = 'error')"
                    + " ORDER BY table_id")) {
      while (row.next()) {
        long id = row.getLong(1);
        tables.add(
            new StoredTable(
                TableDescriptions.read(connection, id),
                row.getString(2),
                row.getString(3),
                row.getString(4) == null ? Lsn.ZERO : Lsn.parse(row.getString(4)),
                row.getString(5) == null ? null : Lsn.parse(row.getString(5)),
                files.byTable().getOrDefault(id, List.of()),
                files.doubtful()));
      }
    }
    return tables;
  }
}
