package io.datrang.server.testing;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.List;

/** Tables tests read: one with every kind of column, one with many rows. */
public final class SampleTables {
  /** Table 1, {@code columnar.kinds}: every kind, some awkward values, a row of NULLs. */
  public static final TableSchema KINDS =
      new TableSchema(
          1,
          "columnar",
          "kinds",
          List.of(
              column(1, "id", ColumnType.of("integer", 23, -1, StorageKind.INT4)),
              column(2, "b", ColumnType.of("boolean", 16, -1, StorageKind.BOOL)),
              column(3, "i2", ColumnType.of("smallint", 21, -1, StorageKind.INT2)),
              column(4, "i8", ColumnType.of("bigint", 20, -1, StorageKind.INT8)),
              column(5, "f4", ColumnType.of("real", 700, -1, StorageKind.FLOAT4)),
              column(6, "f8", ColumnType.of("double precision", 701, -1, StorageKind.FLOAT8)),
              column(7, "n", ColumnType.decimal("numeric(15,2)", 1700, 983046, 15, 2)),
              column(8, "big", ColumnType.of("numeric", 1700, -1, StorageKind.TEXT)),
              column(9, "t", ColumnType.of("text", 25, -1, StorageKind.TEXT)),
              column(10, "v", ColumnType.of("character varying(20)", 1043, 24, StorageKind.TEXT)),
              column(11, "c", ColumnType.of("character(5)", 1042, 9, StorageKind.BPCHAR)),
              column(12, "by", ColumnType.of("bytea", 17, -1, StorageKind.BYTEA)),
              column(13, "d", ColumnType.of("date", 1082, -1, StorageKind.DATE)),
              column(14, "tm", ColumnType.of("time without time zone", 1083, -1, StorageKind.TIME)),
              column(
                  15,
                  "ts",
                  ColumnType.of("timestamp without time zone", 1114, -1, StorageKind.TIMESTAMP)),
              column(
                  16,
                  "tz",
                  ColumnType.of("timestamp with time zone", 1184, -1, StorageKind.TIMESTAMPTZ)),
              column(17, "iv", ColumnType.of("interval", 1186, -1, StorageKind.INTERVAL)),
              column(18, "u", ColumnType.of("uuid", 2950, -1, StorageKind.UUID)),
              column(19, "j", ColumnType.of("jsonb", 3802, -1, StorageKind.TEXT)),
              column(20, "m", ColumnType.of("public.mood", 99999, -1, StorageKind.TEXT)),
              column(
                  21,
                  "ia",
                  ColumnType.array(
                      "integer[]", 1007, -1, ColumnType.of("integer", 23, -1, StorageKind.INT4))),
              column(
                  22,
                  "ta",
                  ColumnType.array(
                      "text[]", 1009, -1, ColumnType.of("text", 25, -1, StorageKind.TEXT)))),
          List.of(1));

  /** Table 2, {@code columnar.many}: as many rows as {@link #fillMany} is told. */
  public static final TableSchema MANY =
      new TableSchema(
          2,
          "columnar",
          "many",
          List.of(
              column(1, "id", ColumnType.of("bigint", 20, -1, StorageKind.INT8)),
              column(2, "f", ColumnType.of("double precision", 701, -1, StorageKind.FLOAT8)),
              column(3, "t", ColumnType.of("text", 25, -1, StorageKind.TEXT)),
              column(
                  4,
                  "tz",
                  ColumnType.of("timestamp with time zone", 1184, -1, StorageKind.TIMESTAMPTZ)),
              column(5, "n", ColumnType.decimal("numeric(15,2)", 1700, 983046, 15, 2))),
          List.of(1));

  private SampleTables() {}

  public static MemoryStorage storage(long manyRows) {
    MemoryStorage storage = new MemoryStorage();
    storage.create(KINDS);
    fillKinds(storage);
    storage.create(MANY);
    fillMany(storage, manyRows);
    return storage;
  }

  static void fillKinds(MemoryStorage storage) {
    storage.execute(
        "INSERT INTO delta.t1 VALUES (1, true, 1, 10000000000, 1.5, 2.5, 12.34,"
            + " '123456789012345678901234567890123456789012345.5', 'one', 'uno', 'abc',"
            + " '\\x00\\xFF'::BLOB, '2020-02-29', '12:34:56.789', '2020-02-29 12:34:56.789012',"
            + " '2020-02-29 12:34:56.789012+00', {'months': 14, 'days': 3, 'micros': 4000000},"
            + " '00112233-4455-6677-8899-aabbccddeeff', '{\"a\": 1}', 'happy', [1, NULL, 3],"
            + " ['x', NULL, ''])");
    storage.execute(
        "INSERT INTO delta.t1 VALUES (2, false, -32768, -9223372036854775808, 'NaN', '-Infinity',"
            + " -9999999999999.99, 'NaN', 'ünï\"cødé\\', '', '', ''::BLOB, 'infinity', '24:00:00',"
            + " 'infinity', '-infinity', {'months': -14, 'days': 0, 'micros': -1},"
            + " 'ffffffff-ffff-ffff-ffff-ffffffffffff', '[]', 'sad', [], [])");
    storage.execute("INSERT INTO delta.t1 (id) VALUES (3)");
  }

  static void fillMany(MemoryStorage storage, long rows) {
    storage.execute(
        "INSERT INTO delta.t2 SELECT i, i / 7, 'text number ' || (i % 1000),"
            + " TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_seconds(i), i / 100 FROM range("
            + rows
            + ") AS r(i)");
  }

  private static Column column(int fieldId, String name, ColumnType type) {
    return new Column(fieldId, name, type, fieldId == 1);
  }
}
