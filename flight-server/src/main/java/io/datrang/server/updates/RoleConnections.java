package io.datrang.server.updates;

import io.datrang.server.access.Role;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to PostgreSQL as the client's role, each for one transaction. Roles that reach the
 * server's files or programs by SQL are not let in: Flight SQL shall not be a way there.
 */
final class RoleConnections {
  private static final Logger LOG = LoggerFactory.getLogger(RoleConnections.class);

  /** As for a login: a connection that is trusted proves nothing. */
  private static final String PASSWORD_METHODS = "scram-sha-256,md5,password";

  /** Reads after a commit wait for its position, which must be in WAL on disk by then. */
  private static final String OPTIONS =
      "-c standard_conforming_strings=on -c synchronous_commit=on"
          + " -c idle_in_transaction_session_timeout="
          + Transactions.IDLE_MAX.toMillis();

  /** Independent of what the role's settings name first. */
  private static final String WHO =
      """
      SELECT pg_catalog.quote_ident(session_user)::pg_catalog.regrole::pg_catalog.oid,
             pg_catalog.quote_ident(current_user)::pg_catalog.regrole::pg_catalog.oid,
             pg_catalog.pg_has_role(session_user, 'pg_read_server_files', 'MEMBER')
             OR pg_catalog.pg_has_role(session_user, 'pg_write_server_files', 'MEMBER')
             OR pg_catalog.pg_has_role(session_user, 'pg_execute_server_program', 'MEMBER')
      """;

  private final String url;

  RoleConnections(String url) {
    this.url = url;
  }

  /** One with a transaction open, as the writer's role. */
  Connection open(Writer writer) throws SQLException {
    Role role = writer.session().acting().get();
    Properties properties = new Properties();
    properties.setProperty("user", role.user());
    properties.setProperty("password", writer.session().password().open(writer.token()));
    properties.setProperty("requireAuth", PASSWORD_METHODS);
    properties.setProperty("ApplicationName", "datrang client " + writer.session().id());
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("stringtype", "unspecified");
    properties.setProperty("options", OPTIONS);
    properties.setProperty("currentSchema", searchPath(writer.schema()));
    Connection connection = DriverManager.getConnection(url, properties);
    try {
      connection.setAutoCommit(false);
      become(role, connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** What a SELECT finds by a name, a write finds too. */
  private static String searchPath(String schema) {
    return (schema == null ? "" : quoted(schema) + ",") + "columnar,public";
  }

  private static void become(Role role, Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean acts;
      try (ResultSet row = statement.executeQuery(WHO)) {
        row.next();
        if (row.getLong(1) != role.userOid()) {
          throw WriteFailedException.refused(
              "28000", "role \"" + role.user() + "\" was made anew", "Log in again.");
        }
        if (row.getBoolean(3)) {
          throw WriteFailedException.refused(
              "42501",
              "role \"" + role.user() + "\" can reach the server's files and does not write here",
              "Write as another role, or in PostgreSQL.");
        }
        acts = row.getLong(2) == role.effectiveOid();
      }
      if (!acts) {
        statement.execute("SET ROLE " + name(role.effectiveOid(), statement));
      }
    }
    connection.commit();
  }

  private static String name(long oid, Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles"
                + " WHERE oid OPERATOR(pg_catalog.=) "
                + oid)) {
      if (!row.next()) {
        throw WriteFailedException.refused("42704", "the role that was set is gone", null);
      }
      return row.getString(1);
    }
  }

  /** Commits; returns where the commit ends, or null when that cannot be told. */
  static Lsn commit(Connection connection) {
    try {
      connection.commit();
    } catch (SQLException e) {
      String state = e.getSQLState() == null ? "08" : e.getSQLState();
      throw state.startsWith("08") || state.startsWith("57P")
          ? WriteFailedException.unknownOutcome(e)
          : WriteFailedException.of(e);
    }
    try {
      connection.setAutoCommit(true);
      try (Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery("SELECT pg_catalog.pg_current_wal_flush_lsn()::text")) {
        row.next();
        return Lsn.parse(row.getString(1));
      }
    } catch (SQLException e) {
      LOG.warn("a write is committed, but its position is unknown: {}", e.getMessage());
      return null;
    }
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("while closing", e);
    }
  }

  static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
