package io.datrang.replication.connect;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings every connection runs with, whatever the database, the role or the JVM's time zone say.
 * They decide the text of values, so the snapshot and the stream must agree on them.
 */
final class PinnedSettings {
  private static final int VERSION_17 = 170_000;

  private static final List<String> ALWAYS =
      List.of(
          "SET DateStyle TO 'ISO, MDY'",
          "SET IntervalStyle TO 'postgres'",
          "SET TimeZone TO 'UTC'",
          "SET extra_float_digits TO 1",
          "SET bytea_output TO 'hex'",
          "SET lc_monetary TO 'C'",
          "SET search_path TO pg_catalog",
          "SET row_security TO off",
          "SET default_transaction_read_only TO off",
          "SET statement_timeout TO 0",
          "SET lock_timeout TO 0",
          "SET idle_in_transaction_session_timeout TO 0",
          "SET idle_session_timeout TO 0");

  private PinnedSettings() {}

  static void apply(Connection connection) throws SQLException {
    List<String> settings = new ArrayList<>(ALWAYS);
    int major = connection.getMetaData().getDatabaseMajorVersion();
    if (major * 10_000 >= VERSION_17) {
      settings.add("SET transaction_timeout TO 0");
    }
    try (Statement statement = connection.createStatement()) {
      for (String setting : settings) {
        statement.execute(setting);
      }
    }
  }
}
