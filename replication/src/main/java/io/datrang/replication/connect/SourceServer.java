package io.datrang.replication.connect;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

/** Opens connections to the server whose tables are mirrored; any thread. */
public final class SourceServer {
  private static final int CONNECT_SECONDS_MAX = 10;

  private final String url;
  private final Properties credentials;

  /**
   * @param url of the database, {@code jdbc:postgresql://…}
   * @param credentials and other properties of the driver; never logged
   */
  public SourceServer(String url, Properties credentials) {
    this.url = url;
    this.credentials = (Properties) credentials.clone();
  }

  /** For SQL. */
  public Connection sql() throws SQLException {
    return open(properties());
  }

  /** For SQL and for COPY of values, as {@link #replication} sends them. */
  public Connection copy() throws SQLException {
    return unchecked(sql());
  }

  /** For SQL that is answered at once: a server that is silent for longer is lost. */
  public Connection sql(int silenceSecondsMax) throws SQLException {
    Properties properties = properties();
    PGProperty.SOCKET_TIMEOUT.set(properties, silenceSecondsMax);
    return open(properties);
  }

  /** For replication commands; only simple statements. */
  public Connection replication() throws SQLException {
    Properties properties = properties();
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
    PGProperty.SOCKET_FACTORY.set(properties, PatientSockets.class.getName());
    return unchecked(open(properties));
  }

  /**
   * A database without an encoding may hold anything. Asked for UTF-8, the server fails at the
   * first value that is not, and every time it comes to it again; so such values come as they are,
   * and the table that has them stops.
   */
  private static Connection unchecked(Connection connection) throws SQLException {
    String encoding = connection.unwrap(PGConnection.class).getParameterStatus("server_encoding");
    if ("SQL_ASCII".equals(encoding)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET client_encoding TO 'SQL_ASCII'");
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    }
    return connection;
  }

  private Properties properties() {
    Properties properties = (Properties) credentials.clone();
    PGProperty.APPLICATION_NAME.set(properties, "datrang");
    PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_SECONDS_MAX);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.ALLOW_ENCODING_CHANGES.set(properties, true);
    return properties;
  }

  private Connection open(Properties properties) throws SQLException {
    Connection connection = DriverManager.getConnection(url, properties);
    try {
      PinnedSettings.apply(connection);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }
}
