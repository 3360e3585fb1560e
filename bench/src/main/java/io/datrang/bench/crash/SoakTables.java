package io.datrang.bench.crash;

import io.datrang.bench.Database;
import io.datrang.bench.Mirror;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * What a soak has besides the drill's mirrors: a native table and a heap table with partitions that
 * are archived and restored, each with a heap table that is written in the same transactions; and a
 * partitioned table that is mirrored.
 */
final class SoakTables {

  static final int DAYS = 4;

  /** What {@code sum(balance)} of the native table must be at any moment. */
  static final String NATIVE_SUM = "SELECT coalesce(sum(balance), 0) FROM public.crash_native";

  static final Pair NATIVE = new Pair("public.crash_native", "public.crash_native_twin");
  static final Pair EVENTS = new Pair("public.crash_events", "public.crash_events_twin");
  static final Pair PARTS = Pair.ofMirror("crash_parts");

  static final List<Pair> PAIRS = List.of(NATIVE, EVENTS, PARTS);

  private SoakTables() {}

  static void prepare(Connection connection) throws SQLException {
    Mirror.drop(connection, "crash_parts");
    Database.execute(
        connection,
        "DROP FOREIGN TABLE IF EXISTS crash_native",
        "DROP TABLE IF EXISTS crash_native_twin, crash_events, crash_events_twin CASCADE",
        "SELECT datrang.create_table('crash_native',"
            + " 'worker int, pair bigint, sign int, balance bigint, note text')",
        "CREATE TABLE crash_native_twin"
            + " (worker int, pair bigint, sign int, balance bigint, note text)",
        "CREATE INDEX ON crash_native_twin (worker, pair)",
        "CREATE TABLE crash_events (worker int, id bigint, day int, amount bigint, note text)"
            + " PARTITION BY RANGE (day)",
        "CREATE TABLE crash_events_twin"
            + " (worker int, id bigint, day int, amount bigint, note text)",
        "CREATE INDEX ON crash_events_twin (worker, id)",
        "CREATE TABLE crash_parts (id bigint, part int, note text, PRIMARY KEY (id, part))"
            + " PARTITION BY LIST (part)",
        "CREATE TABLE crash_parts_0 PARTITION OF crash_parts FOR VALUES IN (0)",
        "CREATE TABLE crash_parts_1 PARTITION OF crash_parts FOR VALUES IN (1)");
    for (int day = 0; day < DAYS; day++) {
      Database.execute(
          connection,
          "DROP FOREIGN TABLE IF EXISTS crash_events_%d_columnar".formatted(day), // cut off
          "CREATE TABLE crash_events_%1$d PARTITION OF crash_events FOR VALUES FROM (%1$d) TO (%2$d)"
              .formatted(day, day + 1));
    }
    Mirror.create(connection, "crash_parts");
  }
}
