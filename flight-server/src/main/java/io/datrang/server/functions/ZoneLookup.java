package io.datrang.server.functions;

/** Finds time zones by the names PostgreSQL has for them. Thread safe. */
public interface ZoneLookup {
  /**
   * The zone.
   *
   * @throws IllegalArgumentException when PostgreSQL knows none of that name; the message is its
   */
  ZoneTable zone(String name);
}
