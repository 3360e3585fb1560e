package io.datrang.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;

/** Where the PostgreSQL with the extension listens. */
public record Database(String host, int port, String name, String user, String password) {

  private static final int LOGIN_TIMEOUT_S = 10;

  /** Reads the variables that {@code ./dev env} prints. */
  public static Database fromEnvironment() {
    return from(System.getenv());
  }

  static Database from(Map<String, String> environment) {
    String port = environment.get("PGPORT");
    if (port == null) {
      throw new IllegalStateException(
          "PGPORT is not set: start a system with ./dev up and run eval \"$(./dev env)\"");
    }
    String host = environment.getOrDefault("PGHOST", "localhost");
    String user = environment.getOrDefault("PGUSER", System.getProperty("user.name"));
    return new Database(
        host.startsWith("/") ? "localhost" : host,
        Integer.parseInt(port),
        environment.getOrDefault("PGDATABASE", user),
        user,
        environment.getOrDefault("PGPASSWORD", ""));
  }

  public Connection connect() throws SQLException {
    return connect(Map.of());
  }

  /** Opens a session; all values arrive as text, so that two answers compare byte by byte. */
  public Connection connect(Map<String, String> driverProperties) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    if (!password.isEmpty()) {
      properties.setProperty("password", password);
    }
    properties.setProperty("binaryTransfer", "false");
    properties.setProperty("stringtype", "unspecified");
    properties.setProperty("ApplicationName", "datrang bench");
    properties.setProperty("connectTimeout", String.valueOf(LOGIN_TIMEOUT_S));
    properties.putAll(driverProperties);
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(host, port, name), properties);
  }

  /** Runs statements one by one. */
  public static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The single value of a query as text, null when it is NULL or there is no row. */
  public static String single(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** A whole answer as text, rows separated by newlines, columns by bars. */
  public static String answer(Connection connection, String sql) throws SQLException {
    StringBuilder text = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        for (int column = 1; column <= columns; column++) {
          text.append(column == 1 ? "" : "|").append(rows.getString(column));
        }
        text.append('\n');
      }
    }
    return text.toString();
  }
}
