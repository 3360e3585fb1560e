package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every type: the value that was copied, the value that was streamed, and what the server says in
 * numbers are the same, whatever the database's and the JVM's settings are.
 */
class ValuesIT {
  private static final String COLUMNS =
      "b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n15 numeric(15,2), n38 numeric(38,0),"
          + " n numeric, t text, vc varchar(20), c char(5), by bytea, d date, ti time, ts timestamp,"
          + " tz timestamptz, iv interval, u uuid, j json, jb jsonb, m mood,"
          + " ai int[], at text[], an numeric(10,2)[], atz timestamptz[], aby bytea[], aiv interval[],"
          + " am mood[], ac char(3)[]";

  private static final List<String> ROWS =
      List.of(
          "true, -32768, -2147483648, -9223372036854775808, 0.1, 0.30000000000000004, -0.05,"
              + " 99999999999999999999999999999999999999, 1.10, '', 'ü', 'ab', '\\x00ff', '4713-01-01"
              + " BC', '24:00', '294247-01-10 04:00:54.775806', '0044-03-15 12:00 BC', '-178000000"
              + " years 3 days -04:05:06.7', '00112233-4455-6677-8899-aabbccddeeff', '{\"a\": 1,"
              + " \"a\": null}', '{\"b\":1e3}', 'happy', '{1,NULL,3}', '{a,\"b,\\\"c\",NULL,\"NULL\",\"\"}',"
              + " '{1.5,NULL}', '{\"2024-05-06 07:08:09.5+02\"}', '{\"\\\\\\\\x00\"}', '{1 mon 2 days}',"
              + " '{sad,NULL}', '{a,\"b \"}'",
          "false, 32767, 2147483647, 9223372036854775807, 'NaN', 'Infinity', 9999999999999.99,"
              + " -99999999999999999999999999999999999999, 'NaN', E'tab\\t nl\\n bs\\\\ \\b\\f\\r\\x0b"
              + " \\\\N', E'\\\\N', '', '\\x', 'infinity', '00:00', 'infinity', '-infinity', '0',"
              + " 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', 'null', 'a b', '{}', '{}', '{}', '{}',"
              + " '{}', '{}', '{}', '{}'",
          "NULL, NULL, NULL, NULL, '-0', '-0', 0, 0, 1e-30, repeat('long ', 10000), NULL, NULL,"
              + " decode(repeat('ab', 20000), 'hex'), '-infinity', '23:59:59.999999', '2024-02-29"
              + " 23:59:59.999999', '2024-10-27 02:30:00+02', '2562047788:00:54.775807', NULL, '[1]',"
              + " '[1, 2]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
          "NULL, 0, 0, 0, '3.4028235e38', '1.7976931348623157e308', 0.01, 1, repeat('9', 500)::numeric,"
              + " '🙂', 'x', 'x    ', '\\x5c', '5874897-12-31', '12:34:56.7', '0001-01-01',"
              + " '1970-01-01+00', '-2562047788:00:54.775807', NULL, '1', '1', 'sad', '{-1}', '{x}',"
              + " '{0}', '{infinity}', '{}', '{-1 day}', '{happy}', '{NULL}'",
          "NULL, NULL, NULL, NULL, '1e-45', '5e-324', NULL, NULL, -0.000, NULL, NULL, NULL, NULL,"
              + " '1582-10-10', NULL, '1582-10-10 01:02:03', '1883-11-18 12:03:57+00', '1 year -1 mon 1"
              + " sec', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL");

  /** The server's own idea of the values that have a number behind them. */
  private static final String NUMBERS =
      "SELECT id, b::int, i2, i4, i8, encode(float4send(f4), 'hex'), encode(float8send(f8), 'hex'),"
          + " (n15 * 100)::numeric(20,0), n38, md5(n::text), md5(t), md5(vc), md5(rtrim(c)), md5(by),"
          + " CASE WHEN isfinite(d) THEN (d - '1970-01-01'::date)::text ELSE d::text END,"
          + " extract(epoch FROM ti) * 1000000,"
          + " CASE WHEN isfinite(ts) THEN (extract(epoch FROM ts) * 1000000)::numeric(30,0)::text"
          + " ELSE ts::text END,"
          + " CASE WHEN isfinite(tz) THEN (extract(epoch FROM tz) * 1000000)::numeric(30,0)::text"
          + " ELSE tz::text END, encode(interval_send(iv), 'hex'), u, md5(j::text), md5(jb::text), m"
          + " FROM ";

  private static SourceDatabase source;
  private static MemoryStorage storage;
  private static Replication replication;
  private static TimeZone zone;

  @BeforeAll
  static void start() {
    zone = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
    source = SourceDatabase.start();
    source.execute(
        "ALTER DATABASE postgres SET extra_float_digits TO 0",
        "ALTER DATABASE postgres SET bytea_output TO escape",
        "ALTER DATABASE postgres SET DateStyle TO 'SQL, DMY'",
        "ALTER DATABASE postgres SET IntervalStyle TO sql_standard",
        "ALTER DATABASE postgres SET TimeZone TO 'America/New_York'",
        "ALTER DATABASE postgres SET lc_monetary TO 'C.UTF-8'",
        "ALTER DATABASE postgres SET search_path TO public, pg_catalog",
        "ALTER DATABASE postgres SET statement_timeout TO '2s'",
        "ALTER DATABASE postgres SET idle_in_transaction_session_timeout TO '1s'",
        "ALTER DATABASE postgres SET lock_timeout TO '1s'",
        "ALTER DATABASE postgres SET default_transaction_read_only TO off",
        "CREATE TYPE mood AS ENUM ('happy', 'sad', 'a b')",
        "CREATE TYPE pair_key AS (n int, t text)");
    storage = source.memoryStorage();
    replication = source.replicate(storage);
  }

  @AfterAll
  static void stop() {
    replication.close();
    storage.close();
    source.close();
    TimeZone.setDefault(zone);
  }

  private static void insertAll(String table) {
    for (int i = 0; i < ROWS.size(); i++) {
      source.execute("INSERT INTO " + table + " VALUES (" + i + ", " + ROWS.get(i) + ")");
    }
  }

  @Test
  void B9_G1_G2_G3_G4_G5_G6_G8_G9_copiedAndStreamedValuesAreTheSame() {
    source.execute("CREATE TABLE streamed (id int PRIMARY KEY, " + COLUMNS + ")");
    source.execute("CREATE TABLE copied (id int PRIMARY KEY, " + COLUMNS + ")");
    long streamed = source.mirrored("streamed");
    insertAll("streamed");
    insertAll("copied");
    long copied = source.mirrored("copied");
    source.awaitApplied(storage);
    assertThat(storage.failure(streamed)).isEmpty();
    assertThat(storage.failure(copied)).isEmpty();
    assertThat(storage.rows(streamed)).hasSize(ROWS.size());
    Rows.assertSame("streamed", storage.rows(streamed), storage.rows(copied));
    Rows.assertSame("copied", storage.rows(copied), source.rows(copied));
  }

  @Test
  void G4_G7_otherTypesAreKeptAsTheirText() {
    source.execute(
        "CREATE TYPE pair AS (n numeric, since interval, m mood, more int[])",
        "CREATE DOMAIN pairs AS pair[]",
        "CREATE DOMAIN small AS int CHECK (VALUE < 100)",
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION cube");
    String columns =
        " (id int PRIMARY KEY, p pair, pp pairs, s small, ss small[], ir int4range, tr tstzrange, nm"
            + " nummultirange, irs int4range[], ip inet, net cidr, mac macaddr, mac8 macaddr8, b bit(3),"
            + " vb varbit, pounds money, ms money[], x xml, v tsvector, q tsquery, h hstore, hs hstore[],"
            + " cu cube, pt point, po polygon, tt timetz, na name, ch \"char\", o oid, l pg_lsn, x8 xid8)";
    List<String> rows =
        List.of(
            "ROW(1.10, '-1 mon 2 days -03:04:05.6', 'a b', '{{1,2},{3,NULL}}')::pair,"
                + " ARRAY[ROW(NULL, NULL, NULL, NULL)::pair, NULL], 99, '{1,NULL}', '[1,5)',"
                + " '[2024-01-01 00:00+02,infinity)', '{(,1.50],(3,)}', '{\"[1,2)\",empty,NULL}',"
                + " '10.0.0.1/8', '::/0', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '101', '',"
                + " '-92233720368547758.08', '{1.5,NULL}', '<a b=\"c\">&lt;</a>',"
                + " 'a:1A b:2,3 ''it''''s''', 'a & !b:* <2> c', 'k=>v, \"a b\"=>NULL',"
                + " '{\"a=>1\",NULL}', '(1,2),(0.1,3e-300)', '(0.1,-0)',"
                + " '((0,0),(1,1e100),(NaN,Infinity))', '24:00:00+15:59', 'Name', 'x', 4294967295,"
                + " 'FFFFFFFF/FFFFFFFF', '18446744073709551615'",
            "ROW(NULL, NULL, NULL, NULL), '{}', -5, '{}', 'empty', 'empty', '{}', '{}', '::1/64',"
                + " '192.168.0.0/16', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00:00:00', '000', '0101', 0,"
                + " '{{1,2},{3,4}}', 'text, <b/>', '', '', '', '{}', '(1)', '(-Infinity,NaN)', '((1,2))',"
                + " '00:00:00.000001-15:59:59', '', '', 0, '0/0', '0'",
            "NULL" + ", NULL".repeat(29));
    source.execute("CREATE TABLE others" + columns, "CREATE TABLE other_copies" + columns);
    long streamed = source.mirrored("others");
    for (String table : List.of("others", "other_copies")) {
      for (int i = 0; i < rows.size(); i++) {
        source.execute("INSERT INTO " + table + " VALUES (" + i + ", " + rows.get(i) + ")");
      }
    }
    long copied = source.mirrored("other_copies");
    source.awaitApplied(storage);
    assertThat(storage.failure(streamed)).isEmpty();
    assertThat(storage.rows(streamed)).hasSize(rows.size());
    Rows.assertSame("others", storage.rows(streamed), storage.rows(copied));
    Rows.assertSame("other_copies", storage.rows(copied), source.rows(copied));
    assertThat(storage.rows(copied).toString())
        .contains("(1.10,\"-1 mons +2 days -03:04:05.6\",\"a b\",\"{{1,2},{3,NULL}}\")")
        .contains("[\"2023-12-31 22:00:00+00\",infinity)")
        .contains("-$92,233,720,368,547,758.08");
  }

  @Test
  void valuesAreTheServersNumbers() {
    source.execute("CREATE TABLE numbers (id int PRIMARY KEY, " + COLUMNS + ")");
    insertAll("numbers");
    long table = source.mirrored("numbers");
    List<String> ours = new ArrayList<>();
    for (List<String> row : storage.rows(table)) {
      ours.add(numbers(row).toString());
    }
    assertThat(ours)
        .containsExactlyInAnyOrderElementsOf(
            source.query(NUMBERS + "numbers").stream().map(Object::toString).toList());
  }

  /** Our row in the form of {@link #NUMBERS}. */
  private static List<String> numbers(List<String> row) {
    return ServerNumbers.of(row);
  }

  @Test
  void C14_keysOfEveryType() {
    List<String> types =
        List.of(
            "bool|true|false",
            "int2|1|-1",
            "int8|1|-1",
            "float8|0.1|'-0'",
            "float4|'NaN'|'-0'",
            "numeric(10,2)|1|-1.5",
            "numeric|1|1.00001",
            "numeric(5)|7|8",
            "text|'a'|''",
            "char(5)|'a'|'b'",
            "bytea|'\\x00'|'\\x'",
            "date|'infinity'|'4713-01-01 BC'",
            "time|'24:00'|'0:00'",
            "timestamp|'infinity'|'2024-01-01'",
            "timestamptz|'-infinity'|'2024-01-01'",
            "interval|'1 mon'|'-3 days'",
            "uuid|gen_random_uuid()|gen_random_uuid()",
            "mood|'happy'|'sad'",
            "inet|'10.0.0.1/8'|'::1'",
            "bit(3)|'101'|'000'",
            "int4range|'[1,2)'|'empty'",
            "money|'-1.5'|'2'",
            "pair_key|'(1,a)'|'(2,)'",
            "int[]|'{1,NULL}'|'{}'",
            "jsonb|'[1]'|'{}'");
    List<Long> tables = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      String[] parts = types.get(i).split("\\|");
      String table = "key" + i;
      source.execute(
          "CREATE TABLE " + table + " (v int, big text, k " + parts[0] + " PRIMARY KEY)",
          "ALTER TABLE " + table + " ALTER big SET STORAGE external",
          "INSERT INTO " + table + " VALUES (1, repeat('x', 5000), " + parts[1] + ")");
      tables.add(source.mirror(table));
    }
    tables.forEach(t -> source.awaitState(t, "streaming"));
    for (int i = 0; i < types.size(); i++) {
      String[] parts = types.get(i).split("\\|");
      source.execute(
          "UPDATE key" + i + " SET v = 2",
          "INSERT INTO key" + i + " VALUES (3, repeat('y', 5000), " + parts[2] + ")",
          "UPDATE key" + i + " SET v = v + 10");
    }
    source.awaitApplied(storage);
    for (long table : tables) {
      assertThat(storage.failure(table)).isEmpty();
      Rows.assertSame(source.catalogTable(table).source(), storage.rows(table), source.rows(table));
    }
    for (int i = 0; i < types.size(); i++) {
      source.execute("DELETE FROM key" + i);
    }
    source.awaitApplied(storage);
    for (long table : tables) {
      assertThat(storage.rows(table)).isEmpty();
    }
  }
}
