package io.datrang.server.access;

import io.datrang.server.query.NotReadyException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Roles as PostgreSQL has them. A login is a connection with the client's password that is closed
 * at once; privileges are asked on one connection of the sidecar's own, one question at a time.
 * Thread safe.
 */
public final class PostgresRoles implements Roles, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresRoles.class);

  /** A connection that pg_hba.conf trusts proves nothing about who asks. */
  private static final String PASSWORD_METHODS = "scram-sha-256,md5,password";

  private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|min|h|d)?");

  private static final String ROLE =
      "SELECT u.oid, e.oid, e.rolconnlimit FROM pg_catalog.pg_roles u, pg_catalog.pg_roles e"
          + " WHERE u.rolname = ? AND e.rolname = ? AND u.rolcanlogin"
          + " AND pg_has_role(u.oid, e.oid, 'MEMBER')";

  private static final String MEMBER =
      "SELECT e.oid FROM pg_catalog.pg_roles u, pg_catalog.pg_roles e"
          + " WHERE u.oid = ? AND e.rolname = ? AND pg_has_role(u.oid, e.oid, 'MEMBER')";

  /**
   * The foreign table decides, as it does in PostgreSQL; but row-level security of the source hides
   * rows that are all in the copy, so there it has to be one who sees all of them.
   */
  private static final String ACCESS =
      """
      SELECT u.rolcanlogin AND pg_has_role(u.oid, e.oid, 'MEMBER') AS logs_in, t.table_id,
             quote_ident(t.schema_name) || '.' || quote_ident(t.table_name) AS name,
             has_schema_privilege(e.oid, c.relnamespace, 'USAGE') AS in_schema,
             s.oid IS NULL AS orphan,
             s.relrowsecurity AND NOT (e.rolsuper OR e.rolbypassrls
                 OR NOT s.relforcerowsecurity AND pg_has_role(e.oid, s.relowner, 'USAGE')) AS filtered,
             ARRAY(SELECT coalesce((SELECT o.option_value FROM pg_options_to_table(a.attfdwoptions) o
                                    WHERE o.option_name = 'column_name'), a.attname::text)
                   FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                     AND has_column_privilege(e.oid, c.oid, a.attnum, 'SELECT')) AS columns
      FROM pg_roles u
      JOIN pg_roles e ON e.oid = ?
      LEFT JOIN (datrang.tables t
                 JOIN pg_namespace n ON n.nspname = t.schema_name
                 JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.table_name AND c.relkind = 'f'
                 JOIN pg_foreign_table f ON f.ftrelid = c.oid
                   AND 'table_id=' || t.table_id = ANY (f.ftoptions)
                 JOIN pg_foreign_server v ON v.oid = f.ftserver AND v.srvname = 'datrang'
                 LEFT JOIN pg_class s ON s.oid = t.source)
        ON t.state <> 'dropped' AND t.table_id = ANY (?)
      WHERE u.oid = ?
      """;

  private final String url;
  private final Properties own;
  private final PartitionHolds holds;
  private Connection kept;

  /**
   * @param password of the sidecar's own role, or null when it needs none
   */
  public PostgresRoles(String url, String user, String password) {
    this.url = url;
    this.own = properties(user, password);
    this.holds = new PartitionHolds(url, own);
  }

  @Override
  public Role logIn(String user, String password) {
    Properties login = properties(user, password);
    login.setProperty("requireAuth", PASSWORD_METHODS);
    String effective;
    Duration timeout;
    // The session runs with settings of the client's choice: nothing here depends on its path.
    try (Connection connection = DriverManager.getConnection(url, login);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT current_user, pg_catalog.current_setting('statement_timeout')")) {
      row.next();
      effective = row.getString(1);
      timeout = duration(row.getString(2));
    } catch (SQLException e) {
      throw refused(user, e);
    }
    return ask(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ROLE)) {
            statement.setString(1, user);
            statement.setString(2, effective);
            try (ResultSet row = statement.executeQuery()) {
              if (!row.next()) {
                throw new LoginRefusedException(failed(user));
              }
              return new Role(user, row.getLong(1), row.getLong(2), row.getInt(3), timeout);
            }
          }
        });
  }

  @Override
  public Role member(Role role, String of) {
    return ask(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(MEMBER)) {
            statement.setLong(1, role.userOid());
            statement.setString(2, of);
            try (ResultSet row = statement.executeQuery()) {
              if (!row.next()) {
                throw new LoginRefusedException("permission denied to set role \"" + of + "\"");
              }
              return new Role(
                  role.user(),
                  role.userOid(),
                  row.getLong(1),
                  role.queriesMax(),
                  role.statementTimeout());
            }
          }
        });
  }

  private static RuntimeException refused(String user, SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    if (state.startsWith("28") || state.equals("42501") || state.equals("3D000")) {
      return new LoginRefusedException(failed(user));
    }
    if (state.equals("08004")) {
      LOG.warn(
          "login as \"{}\" refused: PostgreSQL asks for no password, see pg_hba.conf: {}",
          user,
          e.getMessage());
      return new LoginRefusedException(failed(user));
    }
    LOG.warn("cannot check a login: {}", e.getMessage());
    return new NotReadyException("PostgreSQL cannot check the password now");
  }

  /** PostgreSQL's words, whether there is such a role or not. */
  private static String failed(String user) {
    return "password authentication failed for user \"" + user + "\"";
  }

  @Override
  public Map<Long, TableAccess> access(Role role, Collection<Long> tableIds) {
    return ask(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ACCESS)) {
            statement.setLong(1, role.effectiveOid());
            statement.setArray(2, connection.createArrayOf("int8", tableIds.toArray()));
            statement.setLong(3, role.userOid());
            try (ResultSet rows = statement.executeQuery()) {
              return read(role, rows);
            }
          }
        });
  }

  private static Map<Long, TableAccess> read(Role role, ResultSet rows) throws SQLException {
    Map<Long, TableAccess> found = new HashMap<>();
    boolean logsIn = false;
    while (rows.next()) {
      logsIn = rows.getBoolean("logs_in");
      long table = rows.getLong("table_id");
      if (!rows.wasNull()) {
        found.put(table, access(rows));
      }
    }
    if (!logsIn) {
      throw new LoginRefusedException("role \"" + role.user() + "\" may not log in any more");
    }
    return found;
  }

  private static TableAccess access(ResultSet row) throws SQLException {
    String name = row.getString("name");
    String[] columns = (String[]) row.getArray("columns").getArray();
    if (!row.getBoolean("in_schema") || columns.length == 0) {
      return TableAccess.refused("permission denied for table " + name);
    }
    if (row.getBoolean("orphan")) {
      return TableAccess.refused("the source of table " + name + " was dropped");
    }
    if (row.getBoolean("filtered")) {
      return TableAccess.refused(
          "row-level security of the source of table " + name + " applies to you");
    }
    return TableAccess.to(Set.of(columns));
  }

  @Override
  public HeldTables hold(Role role, Collection<HeldTables.Name> names, List<String> searchPath) {
    return holds.hold(role, names, searchPath);
  }

  private interface Question<T> {
    T ask(Connection connection) throws SQLException;
  }

  /** A connection that broke since the last question is replaced once. */
  private synchronized <T> T ask(Question<T> question) {
    try {
      boolean fresh = kept == null;
      try {
        return question.ask(connection());
      } catch (SQLException e) {
        closeKept();
        if (fresh || isAnswer(e)) {
          throw e;
        }
        return question.ask(connection());
      }
    } catch (SQLException e) {
      closeKept();
      LOG.warn("cannot ask PostgreSQL for privileges: {}", e.getMessage());
      throw new NotReadyException("PostgreSQL cannot say now what you may read");
    }
  }

  private static boolean isAnswer(SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    return !state.startsWith("08") && !state.startsWith("57P");
  }

  private Connection connection() throws SQLException {
    if (kept == null) {
      Connection fresh = DriverManager.getConnection(url, own);
      try (Statement statement = fresh.createStatement()) {
        statement.execute("SET search_path = pg_catalog, pg_temp");
      } catch (SQLException e) {
        fresh.close();
        throw e;
      }
      kept = fresh;
    }
    return kept;
  }

  private void closeKept() {
    try {
      if (kept != null) {
        kept.close();
      }
    } catch (SQLException e) {
      LOG.debug("while closing", e);
    } finally {
      kept = null;
    }
  }

  @Override
  public synchronized void close() {
    closeKept();
  }

  private static Properties properties(String user, String password) {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    if (password != null) {
      properties.setProperty("password", password);
    }
    properties.setProperty("ApplicationName", "datrang access");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "15");
    return properties;
  }

  private static Duration duration(String setting) {
    Matcher m = DURATION.matcher(setting);
    if (!m.matches()) {
      return Duration.ZERO;
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2) == null ? "ms" : m.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "min" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      case "d" -> Duration.ofDays(number);
      default -> Duration.ofMillis(number);
    };
  }
}
