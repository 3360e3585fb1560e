package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.testing.SqlClients;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.ExecuteIngestOptions;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A database with native tables, and Flight SQL clients that write to them. */
abstract class ClientWriters {
  static final BufferAllocator MEMORY = new RootAllocator();
  static MirroredDatabase database;
  FlightSqlClient client;

  /** Of the client's session. */
  String token;

  @BeforeAll
  static void start() throws Exception {
    database = MirroredDatabase.start("DATRANG_STALL_TIMEOUT", "10s");
    database.execute(
        "CREATE ROLE writer LOGIN PASSWORD 'correct'",
        "CREATE ROLE reader LOGIN PASSWORD 'correct'",
        "CREATE ROLE root SUPERUSER LOGIN PASSWORD 'correct'",
        "CREATE ROLE clerks",
        "GRANT clerks TO writer",
        "GRANT CREATE ON SCHEMA public TO writer",
        "SELECT datrang.create_table('notes', 'id int8 NOT NULL, v text, n numeric(10,2),"
            + " at timestamptz')",
        "SELECT datrang.create_table('payroll', 'id int8, v text')",
        "CREATE TABLE heap (id int8 PRIMARY KEY, v text)",
        "GRANT ALL ON notes, heap TO writer",
        "GRANT SELECT ON notes TO reader",
        "GRANT ALL ON payroll TO clerks");
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
    assertThat(MEMORY.getAllocatedMemory()).isZero();
  }

  @BeforeEach
  void logIn() throws Exception {
    token = SqlClients.token(MEMORY, database.flightPort(), "writer", "correct");
    client = SqlClients.with(MEMORY, database.flightPort(), "Bearer " + token);
  }

  @AfterEach
  void empty() throws Exception {
    client.closeSession(new CloseSessionRequest());
    client.close();
    database.execute("TRUNCATE notes", "TRUNCATE heap");
  }

  static FlightSqlClient logIn(String role) throws Exception {
    String token = SqlClients.token(MEMORY, database.flightPort(), role, "correct");
    return SqlClients.with(MEMORY, database.flightPort(), "Bearer " + token);
  }

  enum Existing {
    FAIL,
    APPEND,
    REPLACE
  }

  static ExecuteIngestOptions options(String table, boolean create, Existing existing) {
    return new ExecuteIngestOptions(
        table,
        TableDefinitionOptions.newBuilder()
            .setIfNotExist(
                create
                    ? TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE
                    : TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL)
            .setIfExists(TableExistsOption.valueOf("TABLE_EXISTS_OPTION_" + existing))
            .build(),
        null,
        null,
        null);
  }

  /** Numbers, texts with COPY's special characters, decimals, and times in nanoseconds. */
  static VectorSchemaRoot rows(int count) {
    VectorSchemaRoot rows =
        VectorSchemaRoot.create(
            new Schema(
                List.of(
                    Field.nullable("id", new ArrowType.Int(64, true)),
                    Field.nullable("v", new ArrowType.Utf8()),
                    Field.nullable("n", new ArrowType.Decimal(10, 2, 128)),
                    Field.nullable("at", new ArrowType.Timestamp(TimeUnit.NANOSECOND, null)))),
            MEMORY);
    rows.allocateNew();
    for (int i = 0; i < count; i++) {
      ((BigIntVector) rows.getVector("id")).setSafe(i, i + 1);
      if (i % 10 != 4) {
        byte[] text = ((i + 1) + " line\n\t\\N\\").getBytes(StandardCharsets.UTF_8);
        ((VarCharVector) rows.getVector("v")).setSafe(i, text);
      }
      ((DecimalVector) rows.getVector("n")).setSafe(i, BigDecimal.valueOf((i + 1) * 100L, 2));
      ((TimeStampNanoVector) rows.getVector("at")).setSafe(i, (i + 1) * 1_000_000_000L);
    }
    rows.setRowCount(count);
    return rows;
  }

  static long count(FlightSqlClient client, Transaction transaction) {
    try {
      var info =
          transaction == null
              ? client.execute("SELECT count(*) FROM notes")
              : client.execute("SELECT count(*) FROM notes", transaction);
      try (var stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
        stream.next();
        return ((BigIntVector) stream.getRoot().getVector(0)).get(0);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static void fails(Runnable call, FlightStatusCode code, String message) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class, e -> assertThat(e.status().code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  static String inPostgres(String sql) {
    try {
      return database.as("postgres", sql).toString();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static String read(Connection connection, String sql) throws SQLException {
    return MirroredDatabase.rows(connection, sql).toString();
  }
}
