package io.datrang.server.flightsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.server.flight.Secret;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.ShimPeer;
import io.datrang.server.testing.TestRoles;
import io.datrang.types.Lsn;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Arrow Flight SQL JDBC driver, as published, against the server. */
class JdbcDriverTest {
  private static final String LOGIN = "&user=datrang&password=" + TestRoles.PASSWORD;
  private static MemoryStorage storage;
  private static ShimPeer peer;
  private static Connection connection;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    storage = SampleTables.storage(50_000);
    peer = new ShimPeer(storage, directory.resolve("s"), new Secret("open-sesame"));
    connection = connect(LOGIN);
  }

  @AfterAll
  static void stop() throws Exception {
    connection.close();
    await().until(() -> storage.pinnedSnapshots() == 0);
    // Fails when a query leaked Arrow memory.
    peer.close();
  }

  @Test
  void statementWithJoinAndAggregates() throws SQLException {
    assertThat(
            rows(
                "SELECT k.t, count(*), sum(m.n) FROM columnar.kinds k JOIN many m ON m.id % 2 = k.id"
                    + " WHERE m.id < 10 GROUP BY k.t ORDER BY 1"))
        .containsExactly(List.of("one", 5L, new BigDecimal("0.25")));
  }

  @Test
  void everyRowOfALargeAnswerArrivesInOrder() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, t FROM many ORDER BY id")) {
      for (long i = 0; i < 50_000; i++) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getLong(1)).isEqualTo(i);
        assertThat(rows.getString(2)).isEqualTo("text number " + i % 1000);
      }
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void everyKindOfColumnCanBeRead() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT * FROM columnar.kinds WHERE id = 1")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getInt("id")).isEqualTo(1);
      assertThat(row.getBoolean("b")).isTrue();
      assertThat(row.getShort("i2")).isEqualTo((short) 1);
      assertThat(row.getLong("i8")).isEqualTo(10_000_000_000L);
      assertThat(row.getFloat("f4")).isEqualTo(1.5f);
      assertThat(row.getDouble("f8")).isEqualTo(2.5);
      assertThat(row.getBigDecimal("n")).isEqualTo(new BigDecimal("12.34"));
      assertThat(row.getString("big")).endsWith("345.5");
      assertThat(row.getString("c")).isEqualTo("abc");
      assertThat(row.getBytes("by")).isEqualTo(new byte[] {0, (byte) 0xFF});
      assertThat(row.getDate("d", utc())).isEqualTo(date("2020-02-29T00:00:00Z"));
      assertThat(row.getTimestamp("ts", utc()).toInstant())
          .hasToString("2020-02-29T12:34:56.789012Z");
      assertThat(row.getTimestamp("tz").toInstant()).hasToString("2020-02-29T12:34:56.789012Z");
      assertThat(row.getString("u")).isEqualTo("00112233-4455-6677-8899-aabbccddeeff");
      assertThat(row.getObject("iv").toString()).contains("14");
      assertThat(row.getObject("ia").toString()).isEqualTo("[1,null,3]");
    }
  }

  @Test
  void preparedStatementRunsAgainWithOtherParameters() throws SQLException {
    String sql =
        "SELECT id FROM many WHERE id >= ? AND t = ? AND n < ? AND tz > ? ORDER BY id LIMIT 2";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      assertThat(statement.getParameterMetaData().getParameterCount()).isEqualTo(4);
      for (long from : new long[] {0, 1000, 1001, 40_000, 0, 1000, 1001, 40_000}) {
        statement.setLong(1, from);
        statement.setString(2, "text number 7");
        statement.setBigDecimal(3, new BigDecimal("450.00"));
        statement.setTimestamp(4, Timestamp.from(java.time.Instant.parse("2019-01-01T00:00:00Z")));
        long first = (from + 992) / 1000 * 1000 + 7;
        assertThat(rows(statement)).containsExactly(List.of(first), List.of(first + 1000));
      }
    }
  }

  @Test
  void parametersOfManyTypes() throws SQLException {
    String sql =
        "SELECT t FROM kinds WHERE b = ? AND i2 = ? AND f8 = ? AND d = ? AND \"by\" = ? AND ts < ?"
            + " AND ts >= ? AND tm > ? AND t IS DISTINCT FROM ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setBoolean(1, true);
      statement.setShort(2, (short) 1);
      statement.setDouble(3, 2.5);
      statement.setDate(4, date("2020-02-29T00:00:00Z"), utc());
      statement.setBytes(5, new byte[] {0, (byte) 0xFF});
      statement.setTimestamp(
          6, Timestamp.from(java.time.Instant.parse("2021-01-01T00:00:00Z")), utc());
      statement.setTimestamp(
          7, Timestamp.from(java.time.Instant.parse("2020-02-29T12:34:56.789Z")), utc());
      statement.setTime(8, new java.sql.Time(45_296_788), utc());
      statement.setNull(9, Types.VARCHAR);
      assertThat(rows(statement)).containsExactly(List.of("one"));
    }
  }

  @Test
  void catalogsSchemasAndTables() throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    assertThat(metadata.getDatabaseProductName()).isEqualTo("Datrang");
    assertThat(metadata.isReadOnly()).isFalse();
    assertThat(column(metadata.getCatalogs(), "TABLE_CAT")).containsExactly("datrang");
    assertThat(column(metadata.getSchemas(), "TABLE_SCHEM")).containsExactly("columnar");
    assertThat(column(metadata.getTableTypes(), "TABLE_TYPE")).containsExactly("TABLE");
    assertThat(column(metadata.getTables(null, "col%", "%", null), "TABLE_NAME"))
        .containsExactly("kinds", "many");
    assertThat(column(metadata.getTables(null, null, "man_", new String[] {"TABLE"}), "TABLE_NAME"))
        .containsExactly("many");
    assertThat(column(metadata.getTables(null, null, "%", new String[] {"VIEW"}), "TABLE_NAME"))
        .isEmpty();
  }

  @Test
  void columnsAndPrimaryKeys() throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    List<String> columns = new ArrayList<>();
    try (ResultSet rows = metadata.getColumns(null, "columnar", "many", "%")) {
      while (rows.next()) {
        columns.add(
            rows.getString("COLUMN_NAME")
                + " "
                + rows.getInt("DATA_TYPE")
                + " "
                + rows.getString("IS_NULLABLE"));
      }
    }
    assertThat(columns)
        .containsExactly(
            "id " + Types.BIGINT + " NO",
            "f " + Types.DOUBLE + " YES",
            "t " + Types.VARCHAR + " YES",
            "tz " + Types.TIMESTAMP_WITH_TIMEZONE + " YES",
            "n " + Types.DECIMAL + " YES");
    assertThat(column(metadata.getPrimaryKeys(null, "columnar", "many"), "COLUMN_NAME"))
        .containsExactly("id");
  }

  /** Tools ask all of these when they connect, and some give up at the first that fails. */
  @Test
  void everyQuestionOfToolsHasAnAnswer() throws Exception {
    DatabaseMetaData metadata = connection.getMetaData();
    List<String> failed = new ArrayList<>();
    for (java.lang.reflect.Method method : DatabaseMetaData.class.getMethods()) {
      if (method.getParameterCount() == 0) {
        try {
          Object answer = method.invoke(metadata);
          if (answer instanceof ResultSet rows) {
            rows.close();
          }
        } catch (java.lang.reflect.InvocationTargetException e) {
          failed.add(method.getName() + ": " + e.getCause());
        }
      }
    }
    assertThat(failed).isEmpty();
    assertThat(metadata.getIdentifierQuoteString()).isEqualTo("\"");
    assertThat(metadata.getSQLKeywords()).contains("QUALIFY");
    assertThat(metadata.getStringFunctions()).contains("lower");
    assertThat(metadata.supportsGroupBy()).isTrue();
    assertThat(metadata.supportsFullOuterJoins()).isTrue();
    assertThat(metadata.supportsUnionAll()).isTrue();
    assertThat(metadata.supportsTransactions()).isFalse();
    assertThat(metadata.supportsStoredProcedures()).isFalse();
  }

  @Test
  void listingsOfWhatThereIsNotAreEmpty() throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    List<ResultSet> listings =
        List.of(
            metadata.getProcedures(null, null, "%"),
            metadata.getFunctions(null, null, "%"),
            metadata.getIndexInfo(null, "columnar", "many", false, true),
            metadata.getImportedKeys(null, "columnar", "many"),
            metadata.getExportedKeys(null, "columnar", "many"),
            metadata.getCrossReference(null, "columnar", "many", null, "columnar", "kinds"),
            metadata.getUDTs(null, null, "%", null),
            metadata.getTablePrivileges(null, null, "%"));
    for (ResultSet rows : listings) {
      try (rows) {
        assertThat(rows.next()).isFalse();
      }
    }
  }

  @Test
  void wrongCredentialsAreRefused() {
    for (String credentials : List.of("&user=datrang&password=wrong", "&token=wrong", "")) {
      assertThatThrownBy(
              () -> {
                try (Connection other = connect(credentials);
                    Statement statement = other.createStatement()) {
                  statement.executeQuery("SELECT 1");
                }
              })
          .isInstanceOf(SQLException.class)
          .hasStackTraceContaining("authentication failed");
    }
  }

  @Test
  void queryWaitsForThePositionItMustSee() throws SQLException {
    Lsn now = storage.appliedLsn();
    String credentials = LOGIN + "&datrang-min-lsn=";
    try (Connection other = connect(credentials + now)) {
      other.createStatement().executeQuery("SELECT 1").close();
    }
    try (Connection other = connect(credentials + "FFFF/0");
        Statement statement = other.createStatement()) {
      assertThatThrownBy(
              () -> {
                try (ResultSet rows = statement.executeQuery("SELECT 1")) {
                  rows.next();
                }
              })
          .hasStackTraceContaining("did not reach FFFF/0 within 1000 ms");
    }
  }

  @Test
  void unreadableTableSaysWhy() throws SQLException {
    MemoryStorage own = SampleTables.storage(10);
    own.makeUnreadable(2, "its first copy is not complete");
    try (ShimPeer other = new ShimPeer(own, Path.of("target", "unreadable.sock"), new Secret("x"));
        Connection client = connect(other.port(), LOGIN);
        Statement statement = client.createStatement()) {
      assertThatThrownBy(() -> statement.executeQuery("SELECT * FROM many"))
          .hasStackTraceContaining("its first copy is not complete");
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Connection connect(String more) throws SQLException {
    return connect(peer.port(), more);
  }

  private static Connection connect(int port, String more) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:arrow-flight-sql://127.0.0.1:" + port + "/?useEncryption=false" + more);
  }

  private static Calendar utc() {
    return Calendar.getInstance(TimeZone.getTimeZone("UTC"));
  }

  private static Date date(String instant) {
    return new Date(java.time.Instant.parse(instant).toEpochMilli());
  }

  private static List<List<Object>> rows(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return rows(result);
    }
  }

  private static List<List<Object>> rows(PreparedStatement statement) throws SQLException {
    try (ResultSet result = statement.executeQuery()) {
      return rows(result);
    }
  }

  private static List<List<Object>> rows(ResultSet result) throws SQLException {
    List<List<Object>> rows = new ArrayList<>();
    while (result.next()) {
      List<Object> row = new ArrayList<>();
      for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
        row.add(result.getObject(i));
      }
      rows.add(row);
    }
    return rows;
  }

  private static List<String> column(ResultSet result, String name) throws SQLException {
    List<String> values = new ArrayList<>();
    try (result) {
      while (result.next()) {
        values.add(result.getString(name));
      }
    }
    return values;
  }
}
