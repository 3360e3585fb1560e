package io.datrang.replication.testing;

import static org.awaitility.Awaitility.await;

import io.datrang.replication.connect.SourceServer;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;

/** What a server sends for transactions of every kind. */
public final class RecordedStream {
  private RecordedStream() {}

  /** Oid of the table that is written to is announced in the messages. */
  public static List<byte[]> record(SourceDatabase source, int protocol) {
    String table = "recorded" + protocol;
    source.execute(
        "CREATE TABLE " + table + " (id int PRIMARY KEY, v text)",
        "ALTER TABLE " + table + " ALTER v SET STORAGE external",
        "ALTER PUBLICATION datrang ADD TABLE " + table,
        "SELECT pg_create_logical_replication_slot('" + table + "', 'pgoutput')");
    write(source, table);
    try (Connection connection =
        new SourceServer(source.cluster().jdbcUrl(), new Properties()).replication()) {
      ChainedLogicalStreamBuilder options =
          connection
              .unwrap(PGConnection.class)
              .getReplicationAPI()
              .replicationStream()
              .logical()
              .withSlotName(table)
              .withAutomaticFlush(false)
              .withSlotOption("proto_version", protocol)
              .withSlotOption("messages", "true")
              .withSlotOption("publication_names", "datrang");
      if (protocol > 1) {
        options = options.withSlotOption("streaming", protocol > 2 ? "parallel" : "on");
      }
      return read(options.start(), source);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(SourceDatabase source, String table) {
    source.execute(
        "INSERT INTO " + table + " SELECT g, repeat('v', g % 40) FROM generate_series(1, 60) g",
        "UPDATE " + table + " SET v = repeat('w', 3000) WHERE id % 7 = 0",
        "UPDATE " + table + " SET id = id + 1000 WHERE id % 5 = 0",
        "DELETE FROM " + table + " WHERE id % 11 = 0",
        "SELECT pg_logical_emit_message(false, 'p', 'x')",
        "BEGIN; INSERT INTO "
            + table
            + " SELECT g, repeat('s', 2000) FROM generate_series(5000, 5080) g; SAVEPOINT a; UPDATE "
            + table
            + " SET v = 'gone' WHERE id > 5040; ROLLBACK TO a; SELECT pg_logical_emit_message(true,"
            + " 'p', 'x'); DELETE FROM "
            + table
            + " WHERE id > 5070; COMMIT",
        "TRUNCATE " + table,
        "INSERT INTO " + table + " VALUES (1, NULL)");
  }

  private static List<byte[]> read(PGReplicationStream stream, SourceDatabase source) {
    List<byte[]> messages = new ArrayList<>();
    long end = source.flushLsn().value();
    await()
        .atMost(SourceDatabase.PATIENCE)
        .until(
            () -> {
              for (ByteBuffer m = stream.readPending(); m != null; m = stream.readPending()) {
                byte[] message = new byte[m.remaining()];
                m.get(message);
                messages.add(message);
              }
              return stream.getLastReceiveLSN().asLong() >= end;
            });
    return messages;
  }
}
