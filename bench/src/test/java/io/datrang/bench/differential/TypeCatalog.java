package io.datrang.bench.differential;

import io.datrang.bench.Database;
import io.datrang.bench.differential.SqlType.Equality;
import io.datrang.bench.differential.SqlType.Family;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** All types a mirror takes, text under every kind of collation the cluster has. */
final class TypeCatalog {

  private final List<SqlType> scalars = new ArrayList<>();
  private final List<SqlType> keys = new ArrayList<>();

  TypeCatalog(Connection connection) throws SQLException {
    prepare(connection);
    add("bool", Family.BOOL, Equality.EXACT, Values::bool);
    add("int2", Family.INTEGER, Equality.EXACT, dice -> Values.integer(dice, 16));
    add("int4", Family.INTEGER, Equality.EXACT, dice -> Values.integer(dice, 32));
    add("int8", Family.INTEGER, Equality.EXACT, dice -> Values.integer(dice, 64));
    add("float4", Family.FLOAT, Equality.AMBIGUOUS, Values::float4);
    add("float8", Family.FLOAT, Equality.AMBIGUOUS, Values::float8);
    for (int[] shape : new int[][] {{12, 2}, {18, 0}, {38, 10}, {5, 5}, {38, 38}}) {
      scalars.add(
          new SqlType(
              "numeric(%d,%d)".formatted(shape[0], shape[1]),
              "numeric",
              Family.NUMERIC,
              Equality.EXACT,
              dice -> Values.decimal(dice, shape[0], shape[1])));
    }
    scalars.add(
        new SqlType(
            "numeric(50,12)", "numeric", Family.NUMERIC, Equality.EXACT, Values::wideDecimal));
    add("numeric", Family.NUMERIC, Equality.AMBIGUOUS, Values::numeric);
    for (String collation : collations(connection)) {
      addText(collation);
    }
    add("bytea", Family.BYTEA, Equality.EXACT, Values::bytea);
    add("date", Family.DATE, Equality.EXACT, Values::date);
    add("time", Family.TIME, Equality.EXACT, Values::time);
    add("timestamp", Family.TIMESTAMP, Equality.EXACT, dice -> Values.timestamp(dice, ""));
    add("timestamptz", Family.TIMESTAMPTZ, Equality.EXACT, dice -> Values.timestamp(dice, "+00"));
    add("interval", Family.INTERVAL, Equality.AMBIGUOUS, Values::interval);
    add("uuid", Family.UUID, Equality.EXACT, Values::uuid);
    add("json", Family.JSON, Equality.NONE, Values::json);
    add("jsonb", Family.JSONB, Equality.AMBIGUOUS, Values::json);
    add(SqlType.MOOD, Family.ENUM, Equality.EXACT, Values::mood);
    addDomain("label", "text", Family.TEXT, Equality.EXACT, dice -> Values.shortText(dice, 40));
    addDomain("amount", "numeric", Family.NUMERIC, Equality.AMBIGUOUS, Values::numeric);
    addDomain("document", "jsonb", Family.JSONB, Equality.AMBIGUOUS, Values::json);
    for (SqlType type : scalars) {
      // A B-tree entry cannot hold the longest texts.
      boolean bounded = !type.ddl().startsWith("text");
      if (type.comparable() && type.family() != Family.BOOL && bounded) {
        keys.add(type);
      }
    }
  }

  private static void prepare(Connection connection) throws SQLException {
    Database.execute(
        connection,
        """
        DO $$ BEGIN
          CREATE TYPE public.diff_mood AS ENUM ('sad', 'ok', 'Zed', 'alpha', 'it''s "quoted"');
        EXCEPTION WHEN duplicate_object THEN NULL; END $$
        """,
        """
        DO $$ BEGIN
          CREATE DOMAIN public.diff_label AS text;
          CREATE DOMAIN public.diff_amount AS numeric;
          CREATE DOMAIN public.diff_document AS jsonb;
        EXCEPTION WHEN duplicate_object THEN NULL; END $$
        """,
        """
        CREATE COLLATION IF NOT EXISTS public.diff_ci
          (provider = icu, locale = 'und-u-ks-level2', deterministic = false)
        """);
  }

  /** The default, and whichever of the well-known ones exist. */
  private static List<String> collations(Connection connection) throws SQLException {
    List<String> found = new ArrayList<>(List.of("", " COLLATE \"C\""));
    for (String name : List.of("en_US", "en_US.utf8", "en-US-x-icu")) {
      if (Database.single(connection, "SELECT to_regcollation('\"" + name + "\"')") != null) {
        found.add(" COLLATE \"" + name + "\"");
      }
    }
    found.add(" COLLATE public.diff_ci");
    return found;
  }

  private void addText(String collation) {
    boolean deterministic = !collation.contains("diff_ci");
    Family family = deterministic ? Family.TEXT : Family.TEXT_NONDETERMINISTIC;
    Equality equality = deterministic ? Equality.EXACT : Equality.AMBIGUOUS;
    scalars.add(new SqlType("text" + collation, "text", family, equality, Values::text));
    scalars.add(
        new SqlType(
            "varchar(40)" + collation,
            "varchar",
            family,
            equality,
            dice -> Values.shortText(dice, 40)));
    if (deterministic) {
      scalars.add(
          new SqlType(
              "char(7)" + collation,
              "bpchar",
              Family.BPCHAR,
              Equality.EXACT,
              dice -> Values.shortText(dice, 7)));
    }
  }

  private void add(String name, Family family, Equality equality, Function<Dice, String> make) {
    scalars.add(new SqlType(name, name, family, equality, make));
  }

  private void addDomain(
      String name, String base, Family family, Equality equality, Function<Dice, String> make) {
    scalars.add(new SqlType("public.diff_" + name, base, family, equality, make));
  }

  /** Any type; every fifth is an array. */
  SqlType any(Dice dice) {
    SqlType scalar = dice.pick(scalars);
    return dice.percent(20) ? scalar.array() : scalar;
  }

  SqlType key(Dice dice) {
    return dice.pick(keys);
  }

  SqlType named(String ddl) {
    return scalars.stream().filter(type -> type.ddl().equals(ddl)).findFirst().orElseThrow();
  }
}
