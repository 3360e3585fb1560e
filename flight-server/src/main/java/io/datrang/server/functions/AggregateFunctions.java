package io.datrang.server.functions;

import java.sql.SQLException;

/** Registers what aggregates are made of. */
final class AggregateFunctions {
  private AggregateFunctions() {}

  static void register(Registry registry) throws SQLException {
    registry.text("pg_json_string", a -> JsonWriter.string(a.text(0)), String.class);
    registry.text("pg_json_date", a -> JsonWriter.date(a.whole(0)), Long.class);
    registry.text("pg_json_timestamp", a -> JsonWriter.timestamp(a.whole(0)), Long.class);
    registry.text("pg_jsonb_object", a -> JsonWriter.sorted(a.text(0)), String.class);
    registry.text("pg_no_name", a -> nameless(), Long.class);
    registry.real("pg_undecided", a -> undecided(), Long.class);
  }

  private static String nameless() {
    throw new RaisedError("22023", "field name must not be null");
  }

  /** What rounding decides depends on the order of rows: PostgreSQL is to say it of its own. */
  private static double undecided() {
    throw new RaisedError("22003", "the order of rows decides the value");
  }
}
