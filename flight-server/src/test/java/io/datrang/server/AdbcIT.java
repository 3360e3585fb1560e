package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.arrow.adbc.core.AdbcConnection;
import org.apache.arrow.adbc.core.AdbcDatabase;
import org.apache.arrow.adbc.core.AdbcDriver;
import org.apache.arrow.adbc.core.AdbcException;
import org.apache.arrow.adbc.core.AdbcStatement;
import org.apache.arrow.adbc.core.BulkIngestMode;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlConnectionProperties;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlDriver;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ADBC's own driver for Flight SQL: what its users call, against a real sidecar. */
class AdbcIT extends ClientWriters {
  private static AdbcDatabase open(String password, boolean cookies) throws AdbcException {
    Map<String, Object> parameters = new HashMap<>();
    AdbcDriver.PARAM_URI.set(parameters, "grpc+tcp://127.0.0.1:" + database.flightPort());
    AdbcDriver.PARAM_USERNAME.set(parameters, "writer");
    AdbcDriver.PARAM_PASSWORD.set(parameters, password);
    FlightSqlConnectionProperties.WITH_COOKIE_MIDDLEWARE.set(parameters, cookies);
    return new FlightSqlDriver(MEMORY).open(parameters);
  }

  private static List<String> read(ArrowReader reader) throws Exception {
    List<String> rows = new ArrayList<>();
    try (reader) {
      // asked for first: the reader of getInfo() is not ready before
      VectorSchemaRoot batch = reader.getVectorSchemaRoot();
      while (reader.loadNextBatch()) {
        for (int i = 0; i < batch.getRowCount(); i++) {
          int row = i;
          Stream<Object> values =
              batch.getFieldVectors().stream().map(column -> column.getObject(row));
          rows.add(values.toList().toString());
        }
      }
    }
    return rows;
  }

  private static List<String> read(AdbcConnection connection, String sql) throws Exception {
    try (AdbcStatement statement = connection.createStatement()) {
      statement.setSqlQuery(sql);
      try (AdbcStatement.QueryResult result = statement.executeQuery()) {
        return read(result.getReader());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void writesAndReads(boolean cookies) throws Exception {
    try (AdbcDatabase adbc = open("correct", cookies);
        AdbcConnection connection = adbc.connect()) {
      try (AdbcStatement insert = connection.createStatement()) {
        insert.setSqlQuery("INSERT INTO notes (id, v, n) VALUES (1, 'a', 2.50), (2, NULL, NULL)");
        assertThat(insert.executeUpdate().getAffectedRows()).isEqualTo(2);
      }
      assertThat(read(connection, "SELECT id, v, n FROM notes ORDER BY id"))
          .containsExactly("[1, a, 2.50]", "[2, null, null]");
    }
  }

  /** Without cookies the driver sends nothing of its login where a prepared statement is run. */
  @Test
  void ingestsRowsAndBindsParameters() throws Exception {
    try (AdbcDatabase adbc = open("correct", true);
        AdbcConnection connection = adbc.connect();
        VectorSchemaRoot rows = rows(2_500)) {
      try (AdbcStatement ingest = connection.bulkIngest("notes", BulkIngestMode.APPEND)) {
        ingest.bind(rows);
        ingest.executeUpdate();
      }
      assertThat(read(connection, "SELECT count(*), sum(n), max(id) FROM notes"))
          .containsExactly("[2500, 3126250.00, 2500]");
      Schema key = new Schema(List.of(Field.nullable("id", new ArrowType.Int(64, true))));
      try (AdbcStatement query = connection.createStatement();
          VectorSchemaRoot parameters = VectorSchemaRoot.create(key, MEMORY)) {
        ((BigIntVector) parameters.getVector(0)).setSafe(0, 41);
        parameters.setRowCount(1);
        query.setSqlQuery("SELECT v FROM notes WHERE id = ?");
        query.prepare();
        query.bind(parameters);
        try (AdbcStatement.QueryResult result = query.executeQuery()) {
          assertThat(read(result.getReader())).containsExactly("[41 line\n\t\\N\\]");
        }
      }
    }
  }

  @Test
  void describesTheTables() throws Exception {
    try (AdbcDatabase adbc = open("correct", false);
        AdbcConnection connection = adbc.connect()) {
      assertThat(read(connection.getInfo())).isNotEmpty();
      // without columns, for which this class path has classes of the JDBC driver's
      ArrowReader objects =
          connection.getObjects(
              AdbcConnection.GetObjectsDepth.TABLES, null, "public", "notes", null, null);
      assertThat(read(objects).toString()).contains("\"notes\"").doesNotContain("heap");
    }
  }

  @Test
  void errorsAreToldAsTheyAre() throws Exception {
    assertThatThrownBy(
            () -> {
              try (AdbcDatabase adbc = open("wrong", false);
                  AdbcConnection connection = adbc.connect()) {
                read(connection, "SELECT 1");
              }
            })
        .isInstanceOf(AdbcException.class)
        .hasMessageContaining("password authentication failed");
    try (AdbcDatabase adbc = open("correct", false);
        AdbcConnection connection = adbc.connect()) {
      assertThatThrownBy(() -> read(connection, "SELECT * FROM nowhere"))
          .isInstanceOf(AdbcException.class)
          .hasMessageContaining("nowhere");
    }
  }
}
