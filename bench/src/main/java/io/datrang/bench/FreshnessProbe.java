package io.datrang.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * A session that commits rows and two that at once look for them on the mirror, in turn with {@code
 * latest} and with {@code eventual}. One thread.
 */
final class FreshnessProbe implements AutoCloseable {

  private static final String TABLE = "freshness_probe";

  private final Connection writing;
  private final Connection reading;
  private final Connection reckless;
  private final PreparedStatement insert;
  private final PreparedStatement latest;
  private final PreparedStatement eventual;
  private long nextId;
  private long misses;
  private long checks;
  private long eventualHits;
  private long eventualChecks;

  private FreshnessProbe(Connection writing, Connection reading, Connection reckless)
      throws SQLException {
    this.writing = writing;
    this.reading = reading;
    this.reckless = reckless;
    String select = "SELECT count(*) FROM columnar." + TABLE + " WHERE id = ?";
    this.insert =
        writing.prepareStatement("INSERT INTO public." + TABLE + " VALUES (?, 'written')");
    this.latest = reading.prepareStatement(select);
    this.eventual = reckless.prepareStatement(select);
  }

  /** Makes and mirrors the table of the rows to look for. */
  static FreshnessProbe create(Database database) throws SQLException {
    Connection writing = database.connect();
    Mirror.drop(writing, TABLE);
    Database.execute(
        writing, "CREATE TABLE public." + TABLE + " (id bigint PRIMARY KEY, note text)");
    Mirror.create(writing, TABLE);
    Connection reading = database.connect();
    Connection reckless = database.connect();
    Database.execute(reading, "SET datrang.freshness = 'latest'");
    Database.execute(reckless, "SET datrang.freshness = 'eventual'");
    return new FreshnessProbe(writing, reading, reckless);
  }

  /** Adds the times from a commit's return to the answer of a SELECT begun at once. */
  void run(long forMs, List<Double> latestMs, List<Double> eventualMs) throws SQLException {
    Stopwatch round = new Stopwatch();
    while (round.elapsedMs() < forMs) {
      commit();
      Stopwatch watch = new Stopwatch();
      boolean seen = sees(latest);
      latestMs.add(watch.elapsedMs());
      checks++;
      if (!seen) {
        misses++;
        System.out.println("MISS: row " + nextId + " was committed and not seen with latest");
      }
      commit();
      watch = new Stopwatch();
      seen = sees(eventual);
      eventualMs.add(watch.elapsedMs());
      eventualChecks++;
      eventualHits += seen ? 1 : 0;
    }
  }

  private void commit() throws SQLException {
    insert.setLong(1, ++nextId);
    insert.executeUpdate();
  }

  private boolean sees(PreparedStatement select) throws SQLException {
    select.setLong(1, nextId);
    try (ResultSet rows = select.executeQuery()) {
      rows.next();
      return rows.getLong(1) == 1;
    }
  }

  boolean sawEverything() {
    return misses == 0 && checks > 0;
  }

  void report(Figures figures) {
    figures.add("misses", "rows", misses);
    figures.add("checks", "rows", checks);
    figures.add("eventual_hits", "share", (double) eventualHits / Math.max(1, eventualChecks));
  }

  @Override
  public void close() throws SQLException {
    writing.close();
    reading.close();
    reckless.close();
  }
}
