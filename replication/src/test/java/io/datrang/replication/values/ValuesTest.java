package io.datrang.replication.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.replication.testing.ArrowText;
import io.datrang.storage.TypeMapping;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.util.Text;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ValuesTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void allocatorIsEmpty() {
    allocator.close();
  }

  private static ColumnType type(StorageKind kind) {
    return ColumnType.of(kind.name().toLowerCase(Locale.ROOT), 0, -1, kind);
  }

  private static ColumnType numeric(int precision, int scale) {
    return ColumnType.decimal("numeric", 1700, -1, precision, scale);
  }

  private static ColumnType arrayOf(ColumnType element) {
    return ColumnType.array(element.name() + "[]", 0, -1, element);
  }

  private RowBatch batch(ColumnType type) {
    var schema = new TableSchema(1, "s", "t", List.of(new Column(1, "c", type, false)), List.of(1));
    return new RowBatch(schema.columns(), TypeMapping.rows(schema), allocator);
  }

  private static void add(RowBatch batch, String text) {
    byte[] bytes = ("xx" + text + "yy").getBytes(StandardCharsets.UTF_8);
    batch.set(0, bytes, 2, bytes.length - 2);
    batch.endRow();
  }

  /** The value a text decodes to, between two NULLs, as the vector's object. */
  private Object decode(ColumnType type, String text) {
    try (RowBatch batch = batch(type)) {
      batch.setNull(0);
      batch.endRow();
      add(batch, text);
      batch.setNull(0);
      batch.endRow();
      FieldVector vector = batch.finish().getVector(0);
      assertThat(vector.isNull(0)).isTrue();
      assertThat(vector.isNull(2)).isTrue();
      return raw(vector, 1);
    }
  }

  private static Object raw(FieldVector vector, int row) {
    if (vector instanceof DateDayVector dates) {
      return dates.get(row);
    }
    if (vector instanceof TimeStampVector timestamps) {
      return timestamps.get(row);
    }
    if (vector instanceof TimeMicroVector times) {
      return times.get(row);
    }
    Object value = vector.getObject(row);
    return value instanceof Text text ? text.toString() : value;
  }

  private void refuses(ColumnType type, String text, String reason) {
    assertThatThrownBy(() -> decode(type, text))
        .isInstanceOf(ValueException.class)
        .hasMessageContaining("column \"c\"")
        .hasMessageContaining(reason)
        .hasMessageContaining("as_text => '{c}'");
  }

  @Test
  void booleans() {
    assertThat(decode(type(StorageKind.BOOL), "t")).isEqualTo(true);
    assertThat(decode(type(StorageKind.BOOL), "f")).isEqualTo(false);
    refuses(type(StorageKind.BOOL), "true", "boolean");
  }

  @Test
  void integersOfEveryWidthAtTheirLimits() {
    assertThat(decode(type(StorageKind.INT2), "-32768")).isEqualTo(Short.MIN_VALUE);
    assertThat(decode(type(StorageKind.INT4), "2147483647")).isEqualTo(Integer.MAX_VALUE);
    assertThat(decode(type(StorageKind.INT8), "-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
    assertThat(decode(type(StorageKind.INT8), "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(decode(type(StorageKind.INT4), "0")).isEqualTo(0);
    refuses(type(StorageKind.INT2), "32768", "integer");
    refuses(type(StorageKind.INT4), "2147483648", "integer");
    refuses(type(StorageKind.INT8), "9223372036854775808", "integer");
    refuses(type(StorageKind.INT4), "", "integer");
    refuses(type(StorageKind.INT4), "1x", "integer");
  }

  @Test
  void float8IsBitExact() {
    for (String text :
        List.of(
            "0",
            "-0",
            "0.1",
            "0.30000000000000004",
            "1e+300",
            "1e-300",
            "-1.5",
            "NaN",
            "Infinity",
            "-Infinity",
            "1.7976931348623157e+308",
            "5e-324",
            "9007199254740993",
            "123456.789",
            "0.000123",
            "1e+15",
            "12345678901234567890")) {
      assertThat(decode(type(StorageKind.FLOAT8), text)).as(text).isEqualTo(Double.valueOf(text));
    }
    refuses(type(StorageKind.FLOAT8), "1d", "float8");
    refuses(type(StorageKind.FLOAT8), "", "float8");
  }

  @Test
  void float4IsBitExact() {
    for (String text :
        List.of("0.1", "-0", "16777217", "3.4028235e+38", "1e-45", "NaN", "0.33333334", "1.5")) {
      assertThat(decode(type(StorageKind.FLOAT4), text)).as(text).isEqualTo(Float.valueOf(text));
    }
  }

  @Test
  void randomFloatsRoundTrip() {
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      double value = random.nextInt(2_000_000) / Math.pow(10, random.nextInt(7));
      String text = new BigDecimal(Double.toString(value)).toPlainString();
      assertThat(decode(type(StorageKind.FLOAT8), text)).as("seed %d", seed).isEqualTo(value);
      float single = random.nextInt(200_000) / (float) Math.pow(10, random.nextInt(7));
      String singleText = new BigDecimal(Float.toString(single)).toPlainString();
      assertThat(decode(type(StorageKind.FLOAT4), singleText)).isEqualTo(single);
    }
  }

  @Test
  void decimalsOfEverySize() {
    assertThat(decode(numeric(15, 2), "12345.67")).isEqualTo(new BigDecimal("12345.67"));
    assertThat(decode(numeric(15, 2), "-0.05")).isEqualTo(new BigDecimal("-0.05"));
    assertThat(decode(numeric(15, 2), "0.00")).isEqualTo(new BigDecimal("0.00"));
    assertThat(decode(numeric(5, 5), "0.99999")).isEqualTo(new BigDecimal("0.99999"));
    assertThat(decode(numeric(10, 2), "7")).isEqualTo(new BigDecimal("7.00"));
    String max = "9".repeat(38);
    assertThat(decode(numeric(38, 0), max)).isEqualTo(new BigDecimal(max));
    assertThat(decode(numeric(38, 0), "-" + max)).isEqualTo(new BigDecimal("-" + max));
    assertThat(decode(numeric(38, 19), "-1" + "0".repeat(18) + "." + "0".repeat(18) + "1"))
        .isEqualTo(new BigDecimal("-1" + "0".repeat(18) + "." + "0".repeat(18) + "1"));
  }

  @Test
  void randomDecimalsRoundTrip() {
    long seed = 11;
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      int precision = 1 + random.nextInt(38);
      int scale = random.nextInt(precision + 1);
      BigInteger unscaled =
          new BigInteger(random.nextInt(127), random).mod(BigInteger.TEN.pow(precision));
      BigDecimal value = new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), scale);
      assertThat(decode(numeric(precision, scale), value.toPlainString()))
          .as("seed %d", seed)
          .isEqualTo(value);
    }
  }

  @Test
  void G1_decimalRefusesWhatIsNotANumberThatFits() {
    refuses(numeric(15, 2), "NaN", "keeps numbers only");
    refuses(numeric(15, 2), "-Infinity", "keeps numbers only");
    refuses(numeric(4, 2), "123.45", "more than 4 digits");
    refuses(numeric(4, 2), "123", "more than 4 digits");
    refuses(numeric(4, 2), "1.234", "more than 2 digits after the point");
    refuses(numeric(4, 2), "", "numeric");
  }

  @Test
  void G9_textIsKeptAndBlankPaddingIsNot() {
    assertThat(decode(type(StorageKind.TEXT), "")).isEqualTo("");
    assertThat(decode(type(StorageKind.TEXT), "a  ")).isEqualTo("a  ");
    assertThat(decode(type(StorageKind.TEXT), "grün 🙂 \\N")).isEqualTo("grün 🙂 \\N");
    assertThat(decode(type(StorageKind.BPCHAR), "ab   ")).isEqualTo("ab");
    assertThat(decode(type(StorageKind.BPCHAR), "     ")).isEqualTo("");
    String uuid = "00112233-4455-6677-8899-aabbccddeeff";
    assertThat(decode(type(StorageKind.UUID), uuid)).isEqualTo(uuid);
  }

  @Test
  void G10_invalidUtf8IsRefused() {
    byte[][] invalid = {
      {(byte) 0xFF},
      {(byte) 0xC0, (byte) 0x80},
      {(byte) 0xE0, (byte) 0x9F, (byte) 0x80},
      {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
      {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
      {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', (byte) 0xE4},
    };
    for (byte[] text : invalid) {
      try (RowBatch batch = batch(type(StorageKind.TEXT))) {
        assertThatThrownBy(() -> batch.set(0, text, 0, text.length))
            .isInstanceOf(ValueException.class)
            .hasMessageContaining("not valid UTF-8");
      }
    }
  }

  @Test
  void byteaIsHex() {
    assertThat((byte[]) decode(type(StorageKind.BYTEA), "\\x00ff7F")).containsExactly(0, -1, 127);
    assertThat((byte[]) decode(type(StorageKind.BYTEA), "\\x")).isEmpty();
    refuses(type(StorageKind.BYTEA), "abc", "bytea in hex");
    refuses(type(StorageKind.BYTEA), "\\x0g", "bytea in hex");
  }

  @Test
  void G2_datesOfTheWholeRange() {
    ColumnType date = type(StorageKind.DATE);
    assertThat(decode(date, "1970-01-01")).isEqualTo(0);
    assertThat(decode(date, "2000-02-29")).isEqualTo(11016);
    assertThat(decode(date, "1969-12-31")).isEqualTo(-1);
    assertThat(decode(date, "0001-01-01")).isEqualTo(-719162);
    assertThat(decode(date, "0001-12-31 BC")).isEqualTo(-719163);
    assertThat(decode(date, "4714-11-24 BC")).isEqualTo(-2440588);
    assertThat(decode(date, "5874897-12-31")).isEqualTo(2147483493 - 2440588);
    assertThat(decode(date, "infinity")).isEqualTo(Integer.MAX_VALUE);
    assertThat(decode(date, "-infinity")).isEqualTo(-Integer.MAX_VALUE);
    refuses(date, "01/02/2003", "date");
    refuses(date, "2003-02-01x", "date");
  }

  @Test
  void datesAgreeWithTheJavaCalendar() {
    for (long day = -800_000; day < 800_000; day += 13) {
      var date = java.time.LocalDate.ofEpochDay(day);
      assertThat(DateTimeText.epochDay(date.getYear(), date.getMonthValue(), date.getDayOfMonth()))
          .isEqualTo(day);
    }
  }

  @Test
  void G3_timeReachesTwentyFour() {
    ColumnType time = type(StorageKind.TIME);
    assertThat(decode(time, "00:00:00")).isEqualTo(0L);
    assertThat(decode(time, "23:59:59.999999")).isEqualTo(86_399_999_999L);
    assertThat(decode(time, "24:00:00")).isEqualTo(86_400_000_000L);
    assertThat(decode(time, "12:34:56.7")).isEqualTo(45_296_700_000L);
    refuses(time, "24:00:01", "time");
    refuses(time, "12:34", "time");
  }

  @Test
  void G2_timestampsOfTheWholeRange() {
    ColumnType timestamp = type(StorageKind.TIMESTAMP);
    assertThat(decode(timestamp, "2024-05-06 07:08:09.123456"))
        .isEqualTo(
            LocalDateTime.parse("2024-05-06T07:08:09").toEpochSecond(ZoneOffset.UTC) * 1_000_000
                + 123456);
    assertThat(decode(timestamp, "4713-01-01 00:00:00 BC")).isEqualTo(-2440550L * 86_400_000_000L);
    assertThat(decode(timestamp, "294247-01-10 04:00:54.775806")).isEqualTo(Long.MAX_VALUE - 1);
    assertThat(decode(timestamp, "infinity")).isEqualTo(Long.MAX_VALUE);
    assertThat(decode(timestamp, "-infinity")).isEqualTo(-Long.MAX_VALUE);
    refuses(timestamp, "294247-01-10 04:00:54.775807", "it is after 294247-01-10");
    refuses(timestamp, "294276-12-31 23:59:59.999999", "it is after 294247-01-10");
    refuses(timestamp, "2024-05-06", "timestamp");
    refuses(timestamp, "2024-05-06 00:00:00+00", "timestamp");
  }

  @Test
  void timestamptzUsesItsOffset() {
    ColumnType zoned = type(StorageKind.TIMESTAMPTZ);
    long noon = LocalDateTime.parse("2024-05-06T12:00:00").toEpochSecond(ZoneOffset.UTC) * 1000000;
    assertThat(decode(zoned, "2024-05-06 12:00:00+00")).isEqualTo(noon);
    assertThat(decode(zoned, "2024-05-06 14:00:00+02")).isEqualTo(noon);
    assertThat(decode(zoned, "2024-05-06 06:30:00-05:30")).isEqualTo(noon);
    assertThat(decode(zoned, "2024-05-06 12:00:01+00:00:01")).isEqualTo(noon);
    assertThat(decode(zoned, "0044-03-15 12:00:00+00 BC")).isInstanceOf(Long.class);
    refuses(zoned, "2024-05-06 12:00:00", "timestamptz");
  }

  @Test
  void G4_intervalsKeepTheirThreeParts() {
    ColumnType interval = type(StorageKind.INTERVAL);
    assertThat(decode(interval, "00:00:00")).isEqualTo(interval(0, 0, 0));
    assertThat(decode(interval, "1 year 2 mons -3 days +04:05:06.789"))
        .isEqualTo(interval(14, -3, 14_706_789_000L));
    assertThat(decode(interval, "-1 years -2 mons +3 days -04:05:06.7"))
        .isEqualTo(interval(-14, 3, -14_706_700_000L));
    assertThat(decode(interval, "1 mon")).isEqualTo(interval(1, 0, 0));
    assertThat(decode(interval, "-178956970 years -8 mons"))
        .isEqualTo(interval(Integer.MIN_VALUE, 0, 0));
    assertThat(decode(interval, "2147483647 days")).isEqualTo(interval(0, Integer.MAX_VALUE, 0));
    assertThat(decode(interval, "2562047788:00:54.775807"))
        .isEqualTo(interval(0, 0, Long.MAX_VALUE));
    assertThat(decode(interval, "-2562047788:00:54.775808"))
        .isEqualTo(interval(0, 0, Long.MIN_VALUE));
    refuses(interval, "infinity", "months, days and microseconds");
    refuses(interval, "P1Y", "interval");
    refuses(interval, "", "interval");
    refuses(interval, "1 fortnight", "interval");
  }

  private static Map<String, Object> interval(int months, int days, long micros) {
    return Map.of("months", months, "days", days, "micros", micros);
  }

  @Test
  void G5_arraysOfOneDimension() {
    assertThat(decode(arrayOf(type(StorageKind.INT4)), "{1,NULL,-3}"))
        .isEqualTo(java.util.Arrays.asList(1, null, -3));
    assertThat(decode(arrayOf(type(StorageKind.INT4)), "{}")).isEqualTo(List.of());
    assertThat(decode(arrayOf(type(StorageKind.TEXT)), "{a,\"b,\\\"c\\\\}\",\"NULL\",NULL,\"\"}"))
        .asString()
        .isEqualTo("[\"a\",\"b,\\\"c\\\\}\",\"NULL\",null,\"\"]");
    assertThat(decode(arrayOf(type(StorageKind.BOOL)), "{t,f}")).isEqualTo(List.of(true, false));
    assertThat(decode(arrayOf(type(StorageKind.INTERVAL)), "{\"1 mon 01:00:00\",NULL}"))
        .isEqualTo(java.util.Arrays.asList(interval(1, 0, 3_600_000_000L), null));
    assertThat(decode(arrayOf(numeric(10, 2)), "{1.50,NULL}"))
        .isEqualTo(java.util.Arrays.asList(new BigDecimal("1.50"), null));
  }

  @Test
  void G5_arraysOfOtherShapesAreRefused() {
    ColumnType ints = arrayOf(type(StorageKind.INT4));
    refuses(ints, "[5:6]={1,2}", "lower bound 1");
    refuses(ints, "{{1,2},{3,4}}", "one dimension");
    for (String broken : List.of("{1", "1}", "{1,}", "{,1}", "{1}2}", "{\"1}", "{\"1\"2}", "{")) {
      refuses(ints, broken, "array");
    }
  }

  @Test
  void longValuesAreShownShortened() {
    assertThatThrownBy(() -> decode(type(StorageKind.INT4), "x".repeat(500)))
        .hasMessageContaining("\"" + "x".repeat(60) + "…\" (500 bytes)");
  }

  @Test
  void everyKindCanBeCopiedFromAnotherVector() {
    Map<StorageKind, String> texts =
        Map.ofEntries(
            Map.entry(StorageKind.BOOL, "t"),
            Map.entry(StorageKind.INT2, "1"),
            Map.entry(StorageKind.INT4, "2"),
            Map.entry(StorageKind.INT8, "3"),
            Map.entry(StorageKind.FLOAT4, "0.5"),
            Map.entry(StorageKind.FLOAT8, "0.25"),
            Map.entry(StorageKind.TEXT, "x"),
            Map.entry(StorageKind.BPCHAR, "y"),
            Map.entry(StorageKind.BYTEA, "\\x01"),
            Map.entry(StorageKind.DATE, "2024-01-02"),
            Map.entry(StorageKind.TIME, "01:02:03"),
            Map.entry(StorageKind.TIMESTAMP, "2024-01-02 03:04:05"),
            Map.entry(StorageKind.TIMESTAMPTZ, "2024-01-02 03:04:05+00"),
            Map.entry(StorageKind.INTERVAL, "1 mon"),
            Map.entry(StorageKind.UUID, "00112233-4455-6677-8899-aabbccddeeff"));
    texts.forEach((kind, text) -> copies(type(kind), text));
    texts.forEach(
        (kind, text) ->
            copies(arrayOf(type(kind)), "{\"" + text.replace("\\", "\\\\") + "\",NULL}"));
    copies(numeric(10, 2), "1.50");
    copies(arrayOf(numeric(10, 2)), "{1.50}");
  }

  private void copies(ColumnType type, String text) {
    try (RowBatch from = batch(type);
        RowBatch to = batch(type)) {
      add(from, text);
      from.setNull(0);
      from.endRow();
      FieldVector source = from.finish().getVector(0);
      for (int row : new int[] {1, 0, 1, 0}) {
        to.copy(0, source, row);
        to.endRow();
      }
      FieldVector copy = to.finish().getVector(0);
      assertThat(copy.isNull(0)).isTrue();
      assertThat(copy.isNull(2)).isTrue();
      assertThat(ArrowText.of(copy, 3)).as(type.name()).isEqualTo(ArrowText.of(source, 0));
    }
  }

  @Test
  void manyRowsGrowAndTheMemoryIsReused() {
    for (ColumnType type :
        List.of(
            type(StorageKind.INT4),
            type(StorageKind.TEXT),
            arrayOf(type(StorageKind.TEXT)),
            numeric(20, 0),
            type(StorageKind.INTERVAL))) {
      String text =
          switch (type.kind()) {
            case ARRAY -> "{7,NULL}";
            case INTERVAL -> "1 day";
            default -> "7";
          };
      try (RowBatch batch = batch(type)) {
        for (int round = 0; round < 2; round++) {
          for (int i = 0; i < 20_000; i++) {
            if (i % 3 == round) {
              batch.setNull(0);
              batch.endRow();
            } else {
              add(batch, text);
            }
          }
          FieldVector vector = batch.finish().getVector(0);
          assertThat(vector.getNullCount()).isEqualTo(6667);
          assertThat(vector.isNull(round)).isTrue();
          assertThat(vector.getObject(2)).isNotNull().isEqualTo(vector.getObject(19_997));
          batch.reset();
        }
      }
    }
  }
}
