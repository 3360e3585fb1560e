package io.datrang.server;

import io.datrang.server.functions.ZoneLookup;
import io.datrang.server.functions.ZoneTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Time zones as the followed PostgreSQL has them, whatever the version of its zone data: asked for
 * once, by the offset of every day from 1800 to 2500, then by halves for the second of each change.
 * Thread safe.
 */
public final class PostgresZones implements ZoneLookup {
  private static final int KNOWN_MAX = 2000;
  private static final String INVALID_PARAMETER = "22023";
  private static final int HALVES_OF_A_DAY = 17;

  private static final String OFFSET =
      "extract(epoch FROM (to_timestamp(%1$s) AT TIME ZONE ?) -"
          + " (to_timestamp(%1$s) AT TIME ZONE 'UTC'))::int4";

  private static final String DAYS =
      "SELECT t, o, p FROM (SELECT t, o, lag(o) OVER (ORDER BY t) AS p FROM (SELECT t, "
          + OFFSET.formatted("t")
          + " AS o FROM generate_series(-5364662400::int8, 16725312000, 86400) AS t) AS d) AS l"
          + " WHERE p IS DISTINCT FROM o ORDER BY t";

  private static final String SECONDS =
      "SELECT "
          + OFFSET.formatted("t")
          + " FROM unnest(?::int8[]) WITH ORDINALITY AS u(t, n)"
          + " ORDER BY n";

  /** Where to ask. */
  public interface Source {
    Connection connect() throws SQLException;
  }

  private static final Set<String> UTC = Set.of("UTC", "Etc/UTC", "GMT");

  private final Source source;
  private final Map<String, ZoneTable> known = new ConcurrentHashMap<>();

  public PostgresZones(Source source) {
    this.source = source;
  }

  @Override
  public ZoneTable zone(String name) {
    if (UTC.contains(name)) {
      return ZoneTable.UTC;
    }
    ZoneTable zone = known.get(name);
    if (zone == null) {
      zone = ask(name);
      if (known.size() >= KNOWN_MAX) {
        known.clear();
      }
      known.put(name, zone);
    }
    return zone;
  }

  private ZoneTable ask(String name) {
    try (Connection connection = source.connect()) {
      return table(connection, name);
    } catch (SQLException e) {
      if (INVALID_PARAMETER.equals(e.getSQLState())) {
        String message = e.getMessage().lines().findFirst().orElse("");
        throw new IllegalArgumentException(message.replaceFirst("^ERROR: ", ""), e);
      }
      throw new IllegalStateException("cannot read the time zone " + name, e);
    }
  }

  private static ZoneTable table(Connection connection, String name) throws SQLException {
    List<Long> ends = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    try (PreparedStatement days = connection.prepareStatement(DAYS)) {
      days.setString(1, name);
      try (ResultSet changes = days.executeQuery()) {
        while (changes.next()) {
          offsets.add(changes.getInt(2));
          if (offsets.size() > 1) {
            ends.add(changes.getLong(1));
          }
        }
      }
    }
    long[] from = new long[ends.size()];
    for (int i = 0; i < from.length; i++) {
      from[i] = ends.get(i);
    }
    narrow(connection, name, from, offsets);
    return new ZoneTable(from, offsets.stream().mapToInt(Integer::intValue).toArray());
  }

  /** Each change is in the day that ends at its value; afterwards it is its value. */
  private static void narrow(Connection connection, String name, long[] from, List<Integer> offsets)
      throws SQLException {
    Long[] low = new Long[from.length];
    for (int i = 0; i < from.length; i++) {
      low[i] = from[i] - 86_400;
    }
    try (PreparedStatement statement = connection.prepareStatement(SECONDS)) {
      for (int halves = 0; halves < HALVES_OF_A_DAY && from.length > 0; halves++) {
        Long[] middle = new Long[from.length];
        for (int i = 0; i < from.length; i++) {
          middle[i] = Math.floorDiv(low[i] + from[i], 2L);
        }
        statement.setString(1, name);
        statement.setArray(2, connection.createArrayOf("int8", middle));
        try (ResultSet rows = statement.executeQuery()) {
          for (int i = 0; rows.next(); i++) {
            if (rows.getInt(1) == offsets.get(i + 1)) {
              from[i] = middle[i];
            } else {
              low[i] = middle[i];
            }
          }
        }
      }
    }
  }
}
