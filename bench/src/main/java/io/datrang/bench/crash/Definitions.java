package io.datrang.bench.crash;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.SplittableRandom;

/**
 * The part of a soak that changes definitions: columns come and go, so do partitions of the mirror,
 * and partitions of the events move to columns and back. Owned by one thread.
 */
final class Definitions implements Work {

  private final SplittableRandom random;
  private int part = 1;

  Definitions(long seed) {
    this.random = new SplittableRandom(seed * 41);
  }

  @Override
  public String opening() {
    return "SET lock_timeout = '4s'";
  }

  @Override
  public int restMsMax() {
    return 6_000;
  }

  @Override
  public void transaction(Connection connection) throws SQLException {
    switch (random.nextInt(4)) {
      case 0 -> changeColumn(connection, "TABLE", "crash_items", "TABLE", "crash_left");
      case 1 ->
          changeColumn(
              connection,
              "FOREIGN TABLE",
              SoakTables.NATIVE.left(),
              "TABLE",
              SoakTables.NATIVE.right());
      case 2 -> changePartition(connection);
      default -> move(connection, random.nextInt(SoakTables.DAYS));
    }
  }

  /** The same column of two tables is added or dropped in one transaction. */
  private void changeColumn(
      Connection connection, String kind, String table, String otherKind, String other)
      throws SQLException {
    String has =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = '%s'::regclass AND attname = 'extra'"
            + " AND NOT attisdropped";
    boolean there = "1".equals(Database.single(connection, has.formatted(table)));
    String change =
        there ? "DROP COLUMN extra" : "ADD COLUMN extra int DEFAULT " + random.nextInt(1_000);
    Database.execute(
        connection,
        "ALTER %s %s %s".formatted(kind, table, change),
        "ALTER %s %s %s".formatted(otherKind, other, change));
    connection.commit();
  }

  /** A new partition with rows, and the last one dropped or detached and dropped. */
  private void changePartition(Connection connection) throws SQLException {
    part++;
    Database.execute(
        connection,
        "DROP TABLE IF EXISTS crash_parts_" + (part - 1 > 1 ? part - 1 : 2),
        "CREATE TABLE IF NOT EXISTS crash_parts_%1$d PARTITION OF crash_parts FOR VALUES IN (%1$d)"
            .formatted(part),
        "INSERT INTO crash_parts SELECT i, %d, 'passing' FROM generate_series(1, %d) i"
            .formatted(part, random.nextInt(1, 400)));
    connection.commit();
  }

  private void move(Connection connection, int day) throws SQLException {
    String partition = "public.crash_events_" + day;
    String kind =
        Database.single(
            connection,
            "SELECT relkind FROM pg_class WHERE oid = '%s'::regclass".formatted(partition));
    String move = "r".equals(kind) ? "CALL datrang.archive('%s')" : "SELECT datrang.restore('%s')";
    connection.commit();
    connection.setAutoCommit(true);
    try {
      Database.execute(connection, move.formatted(partition));
    } finally {
      if (!connection.isClosed()) {
        connection.setAutoCommit(false);
      }
    }
  }
}
