package io.datrang.replication;

import io.datrang.testing.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Interleaved sessions that change five tables: keys that move, values stored out of line,
 * savepoints, rollbacks, truncates, transfers between tables. Everything depends on the seed. One
 * thread; a statement that would wait for another session fails and rolls its transaction back.
 */
final class RandomHistory implements AutoCloseable {
  static final List<String> TABLES = List.of("a", "b", "c", "d", "account");

  private static final List<String> SCHEMA =
      List.of(
          "CREATE TABLE a (id int PRIMARY KEY, v int, big text, doc jsonb)",
          "ALTER TABLE a ALTER big SET STORAGE external",
          "CREATE TABLE b (k text, n int, f float8, big bytea, PRIMARY KEY (n, k))",
          "ALTER TABLE b REPLICA IDENTITY FULL",
          "CREATE TABLE c (u uuid PRIMARY KEY, ts timestamptz, words text[], amount numeric(12,2),"
              + " pause interval)",
          "ALTER TABLE c ALTER words SET STORAGE external",
          "CREATE TABLE d (id int PRIMARY KEY, code text NOT NULL, b bool, i2 int2, i8 int8, f4"
              + " float4, n numeric, n38 numeric(38,10), c char(4), by bytea, day date, t time, ts"
              + " timestamp, j json, ai int[], at timestamptz[])",
          "CREATE UNIQUE INDEX d_code ON d (code)",
          "ALTER TABLE d REPLICA IDENTITY USING INDEX d_code",
          "CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL)",
          "INSERT INTO account SELECT g, 1000 FROM generate_series(1, 20) g");

  private final PostgresCluster cluster;
  private final Random random;
  private final List<Session> sessions = new ArrayList<>();
  private int next;

  private static final class Session {
    Connection connection;
    boolean open;
    int savepoints;
  }

  RandomHistory(PostgresCluster cluster, long seed) {
    this.cluster = cluster;
    this.random = new Random(seed);
    cluster.execute(SCHEMA.toArray(String[]::new));
    for (int i = 0; i < 3; i++) {
      sessions.add(new Session());
    }
  }

  /** Does one thing in one session. */
  void step() {
    Session session = sessions.get(random.nextInt(sessions.size()));
    try {
      if (session.connection == null) {
        session.connection = cluster.connect();
        execute(session, "SET lock_timeout TO '20ms'");
        execute(session, "SET synchronous_commit TO " + (random.nextBoolean() ? "on" : "off"));
      }
      step(session);
    } catch (SQLException e) {
      session.open = false;
      try {
        session.connection.createStatement().execute("ROLLBACK");
      } catch (SQLException gone) {
        disconnect(session);
      }
    }
  }

  private void step(Session session) throws SQLException {
    int kind = random.nextInt(100);
    if (!session.open) {
      if (kind < 60) {
        execute(session, "BEGIN");
        session.open = true;
        session.savepoints = 0;
      }
      execute(session, change());
    } else if (kind < 60) {
      execute(session, change());
    } else if (kind < 68) {
      execute(session, "SAVEPOINT s" + session.savepoints++);
    } else if (kind < 76) {
      if (session.savepoints > 0) {
        session.savepoints = random.nextInt(session.savepoints) + 1;
        execute(session, "ROLLBACK TO s" + (session.savepoints - 1));
      }
    } else if (kind < 80) {
      execute(session, "ROLLBACK");
      session.open = false;
    } else {
      execute(session, "COMMIT");
      session.open = false;
    }
  }

  private static void execute(Session session, String sql) throws SQLException {
    try (Statement statement = session.connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String change() {
    int rows = 1 + random.nextInt(random.nextInt(20) == 0 ? 400 : 10);
    int from = random.nextInt(300);
    String range = " BETWEEN " + from + " AND " + (from + random.nextInt(15));
    String series = " FROM generate_series(" + (next += rows) + ", " + (next + rows - 1) + ") g";
    next++;
    return switch (random.nextInt(29)) {
      case 0, 1, 2 ->
          "INSERT INTO a SELECT g % 400, g, "
              + text()
              + ", '{\"n\": 1.50}'"
              + series
              + " ON CONFLICT (id) DO UPDATE SET v = excluded.v";
      case 3, 4 -> "UPDATE a SET v = v + 1 WHERE id" + range;
      case 5 -> "UPDATE a SET big = " + text() + " WHERE id" + range;
      case 6 -> "UPDATE a SET id = id + 1000 + " + next + " WHERE id" + range;
      case 7 ->
          "UPDATE a SET doc = jsonb_build_object('k', repeat(md5(id::text), 200)) WHERE id" + range;
      case 8 -> "DELETE FROM a WHERE id" + range;
      case 9, 10 ->
          "INSERT INTO b SELECT 'k' || g % 7, g, g / 3.0, decode(repeat('0a', "
              + random.nextInt(6000)
              + "), 'hex')"
              + series;
      case 11 -> "UPDATE b SET f = f * 1.1 WHERE n % 50 = " + random.nextInt(50);
      case 12 -> "UPDATE b SET k = k || 'x', n = -n WHERE n % 40 = " + random.nextInt(40);
      case 13 -> "DELETE FROM b WHERE n % 30 = " + random.nextInt(30);
      case 14, 15 ->
          "INSERT INTO c SELECT gen_random_uuid(), now(), ARRAY["
              + text()
              + ", NULL], g,"
              + " '1 mon -2 days' FROM generate_series(1, "
              + rows
              + ") g";
      case 16 -> "UPDATE c SET amount = amount + 0.01 WHERE amount % 10 = " + random.nextInt(10);
      case 17 ->
          "DELETE FROM c WHERE u < '" + random.nextInt(10) + "0000000-0000-0000-0000-000000000000'";
      case 18 ->
          random.nextInt(6) == 0
              ? "TRUNCATE " + List.of("a, c", "b", "d").get(random.nextInt(3))
              : "UPDATE a SET v = NULL WHERE id" + range;
      case 19 -> swap("a", "id", random.nextInt(400), random.nextInt(400));
      case 20, 21 -> "INSERT INTO d SELECT g, 'c' || g, " + values() + series;
      case 22, 23 ->
          "UPDATE d SET (b, i2, i8, f4, n, n38, c, by, day, t, ts, j, ai, at) = (SELECT "
              + values()
              + " FROM (VALUES (d.id)) v(g)) WHERE id % 25 = "
              + random.nextInt(25);
      case 24 -> "UPDATE d SET code = code || '" + random.nextInt(10) + "' WHERE id % 30 = 7";
      case 25 -> "DELETE FROM d WHERE id % 20 = " + random.nextInt(20);
      default -> transfer();
    };
  }

  /** Two rows change their keys, by way of a third. */
  private static String swap(String table, String key, int one, int other) {
    String set = "UPDATE " + table + " SET " + key + " = ";
    return String.format(
        "DO $$ BEGIN IF %2$d <> %3$d THEN %1$s -1 WHERE %4$s = %2$d; %1$s %2$d WHERE %4$s = %3$d;"
            + " %1$s %3$d WHERE %4$s = -1; END IF; END $$",
        set, one, other, key);
  }

  /** Values of table d's columns but the first two; {@code g} is a number. */
  private String values() {
    List<String> wild =
        List.of(
            "g % 2 = 0, -32768, 9223372036854775807 - g, '-0', 'NaN', 0.0000000001 * g, 'ab', '\\x00ff',"
                + " 'infinity', '24:00', '-infinity', '{\"a\": 1, \"a\": null}', '{}', ARRAY[now(), NULL]",
            "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
            "true, g % 100, g * 1000000007, g / 7.0, g / 9.0, -g, '', decode(repeat('00', g % 50),"
                + " 'hex'), '4713-01-01 BC', '0:00:00.000001', '2024-02-29 12:34:56.789', 'null',"
                + " ARRAY[g, NULL, -g], '{infinity}'");
    return wild.get(random.nextInt(wild.size()));
  }

  /** Keeps the sum of all balances. */
  private String transfer() {
    int from = 1 + random.nextInt(10);
    int to = 11 + random.nextInt(10);
    int amount = 1 + random.nextInt(5);
    return "UPDATE account SET balance = balance + CASE WHEN id = "
        + from
        + " THEN -"
        + amount
        + " ELSE "
        + amount
        + " END WHERE id IN ("
        + from
        + ", "
        + to
        + ")";
  }

  private String text() {
    return switch (random.nextInt(4)) {
      case 0 -> "NULL";
      case 1 -> "'short'";
      default -> "repeat('t" + next + "', " + (300 + random.nextInt(1500)) + ")";
    };
  }

  /** Ends every open transaction, one way or the other. */
  void settle() {
    for (Session session : sessions) {
      if (session.open) {
        try {
          execute(session, random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT");
        } catch (SQLException e) {
          disconnect(session);
        }
        session.open = false;
      }
    }
  }

  /** Forgets the sessions: the server is going down. */
  void disconnect() {
    sessions.forEach(this::disconnect);
  }

  private void disconnect(Session session) {
    session.open = false;
    if (session.connection != null) {
      try {
        session.connection.close();
      } catch (SQLException e) {
        // it is gone already
      }
      session.connection = null;
    }
  }

  @Override
  public void close() {
    disconnect();
  }
}
