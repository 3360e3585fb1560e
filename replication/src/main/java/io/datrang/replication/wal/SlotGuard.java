package io.datrang.replication.wal;

import io.datrang.replication.connect.OpenTransactions;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure, before anything is streamed, that the slot holds every change storage does not have
 * yet, or says what is gone; creates publication and slot where there are none, the publication
 * first.
 */
public final class SlotGuard {
  private static final Logger log = LoggerFactory.getLogger(SlotGuard.class);
  private static final int VERSION_MIN = 14;
  private static final int FAILOVER_VERSION = 17;
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  private final Connection connection;
  private final int createSecondsMax;
  private final String slot;
  private final String publication;

  /**
   * @param connection for SQL, in the mirrored database
   * @param createSecondsMax how long creating the slot may wait for open transactions to end
   * @param slot name of the slot: lower-case letters, digits and underscores
   * @param publication name of the publication, of the same form
   */
  public SlotGuard(Connection connection, int createSecondsMax, String slot, String publication) {
    this.connection = connection;
    this.createSecondsMax = createSecondsMax;
    this.slot = checkName(slot);
    this.publication = checkName(publication);
  }

  private static String checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a plain lower-case name: \"" + name + "\"");
    }
    return name;
  }

  private record Slot(Lsn confirmed, String database, String plugin, boolean lost) {}

  /**
   * Looks whether all changes after {@code durable} can still be had.
   *
   * @param durable position up to which storage has everything after a crash
   * @return why some are gone, or null
   */
  public String gap(Lsn durable) throws SQLException {
    checkServer();
    if (!hasPublication()) {
      return "publication \""
          + publication
          + "\" was dropped, so changes after "
          + durable
          + " are gone";
    }
    Slot found = find();
    String reason = null;
    if (found == null) {
      reason = "does not exist, so changes after " + durable + " are gone";
    } else if (found.lost()) {
      reason =
          "was invalidated by the server (more write-ahead log was retained for it than"
              + " max_slot_wal_keep_size allows), so changes after "
              + durable
              + " are gone";
    } else if (!durable.isAtLeast(found.confirmed())) {
      reason =
          "is ahead of the mirrors: it was acknowledged up to "
              + found.confirmed()
              + ", they have everything up to "
              + durable
              + ", and the changes between are gone (was the slot created anew or advanced, or the"
              + " data directory restored?)";
    }
    return reason == null ? null : "replication slot \"" + slot + "\" " + reason;
  }

  /**
   * Makes publication and slot ready.
   *
   * @param durable position up to which storage has everything after a crash
   * @param mirrors whether there are tables whose changes after {@code durable} are needed; there
   *     is no {@link #gap} then
   * @return where to start: {@code durable}, or the slot's position when nothing is followed
   */
  public Lsn prepare(Lsn durable, boolean mirrors) throws SQLException {
    checkServer();
    Slot found = find();
    boolean published = hasPublication();
    if (found != null && !mirrors && (found.lost() || !published)) {
      // What was acknowledged through it is of no use, and decoding needs a publication older than
      // the slot.
      log.info("dropping replication slot {}", slot);
      execute("SELECT pg_drop_replication_slot('" + slot + "')");
      found = null;
    }
    if (!published) {
      execute("CREATE PUBLICATION " + publication);
      log.info("created publication {}", publication);
    }
    if (found == null) {
      return create();
    }
    return mirrors ? durable : Lsn.max(found.confirmed(), durable);
  }

  private void checkServer() throws SQLException {
    int version = connection.getMetaData().getDatabaseMajorVersion();
    if (version < VERSION_MIN) {
      throw new StartRefusedException(
          "the server is PostgreSQL " + version + "; Datrang needs " + VERSION_MIN + " or newer");
    }
    if ("t".equals(value("SELECT pg_is_in_recovery()"))) {
      throw new StartRefusedException(
          "the server is a standby; connect the sidecar to the primary, where its catalog can be"
              + " written");
    }
    String walLevel = value("SHOW wal_level");
    if (!"logical".equals(walLevel)) {
      throw new StartRefusedException(
          "the server runs with wal_level = "
              + walLevel
              + "; run ALTER SYSTEM SET wal_level = logical and restart it");
    }
  }

  /**
   * @throws StartRefusedException when it is not as {@code datrang.mirror()} needs it
   */
  private boolean hasPublication() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate"
                + " AND NOT puballtables AND NOT pubviaroot FROM pg_publication"
                + " WHERE pubname = ?")) {
      statement.setString(1, publication);
      try (ResultSet row = statement.executeQuery()) {
        boolean found = row.next();
        if (found && !row.getBoolean(1)) {
          throw new StartRefusedException(
              "publication \""
                  + publication
                  + "\" was altered: it must publish insert, update, delete and truncate of the"
                  + " tables datrang.mirror() adds");
        }
        return found;
      }
    }
  }

  private Slot find() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT confirmed_flush_lsn::text, database, plugin, wal_status = 'lost' AS lost"
                + " FROM pg_replication_slots WHERE slot_name = ?")) {
      statement.setString(1, slot);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return null;
        }
        String confirmed = row.getString(1);
        Slot found =
            new Slot(
                confirmed == null ? Lsn.ZERO : Lsn.parse(confirmed),
                row.getString(2),
                row.getString(3),
                row.getBoolean(4));
        check(found);
        return found;
      }
    }
  }

  private void check(Slot found) throws SQLException {
    String database = value("SELECT current_database()");
    if (!"pgoutput".equals(found.plugin()) || !database.equals(found.database())) {
      throw new StartRefusedException(
          "replication slot \""
              + slot
              + "\" exists and is not Datrang's (plugin "
              + found.plugin()
              + ", database "
              + found.database()
              + "); drop it or configure another name");
    }
  }

  private Lsn create() throws SQLException {
    log.info("creating replication slot {}", slot);
    // Standbys that synchronise slots keep it through a failover.
    boolean failover = connection.getMetaData().getDatabaseMajorVersion() >= FAILOVER_VERSION;
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT lsn::text FROM pg_create_logical_replication_slot(?, 'pgoutput'"
                + (failover ? ", failover => true)" : ")"))) {
      statement.setString(1, slot);
      statement.setQueryTimeout(createSecondsMax);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return Lsn.parse(row.getString(1));
      }
    } catch (SQLException e) {
      if (PSQLState.QUERY_CANCELED.getState().equals(e.getSQLState())) {
        throw new SQLException(
            "replication slot \""
                + slot
                + "\" was not created within "
                + createSecondsMax
                + " s: it waits for transactions that are still open: "
                + OpenTransactions.oldest(connection),
            e);
      }
      throw e;
    }
  }

  private String value(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
