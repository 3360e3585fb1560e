package io.datrang.server.updates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampMilliVector;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InputTextTest {
  private final BufferAllocator memory = new RootAllocator();

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void numbers() {
    is(new BitVector("c", memory), (v, i) -> v.setSafe(i, 1), "t");
    is(new TinyIntVector("c", memory), (v, i) -> v.setSafe(i, -128), "-128");
    is(new UInt1Vector("c", memory), (v, i) -> v.setSafe(i, -1), "255");
    is(new UInt2Vector("c", memory), (v, i) -> v.setSafe(i, 65535), "65535");
    is(new UInt4Vector("c", memory), (v, i) -> v.setSafe(i, -1), "4294967295");
    is(new UInt8Vector("c", memory), (v, i) -> v.setSafe(i, -1), "18446744073709551615");
    is(new Float4Vector("c", memory), (v, i) -> v.setSafe(i, 0.1f), "0.1");
    is(new Float8Vector("c", memory), (v, i) -> v.setSafe(i, -0.0), "-0.0");
    is(new Float8Vector("c", memory), (v, i) -> v.setSafe(i, Double.NaN), "NaN");
    is(
        new DecimalVector("c", memory, 38, 10),
        (v, i) -> v.setSafe(i, new BigDecimal("-1234567890123456789012345678.0000000001")),
        "-1234567890123456789012345678.0000000001");
  }

  @Test
  void texts() {
    byte[] text = "a\\\n\u00e9\ud83d\ude00".getBytes(StandardCharsets.UTF_8);
    is(new VarCharVector("c", memory), (v, i) -> v.setSafe(i, text), "a\\\n\u00e9\ud83d\ude00");
    is(new VarBinaryVector("c", memory), (v, i) -> v.setSafe(i, new byte[] {0, -1}), "\\x00ff");
    refused(
        new VarCharVector("c", memory), (v, i) -> v.setSafe(i, new byte[] {'a', -1}), "not UTF-8");
  }

  @Test
  void times() {
    is(new DateDayVector("c", memory), (v, i) -> v.setSafe(i, -1), "1969-12-31");
    is(new DateDayVector("c", memory), (v, i) -> v.setSafe(i, -719_163), "0001-12-31 BC");
    is(new DateMilliVector("c", memory), (v, i) -> v.setSafe(i, -86_400_000L), "1969-12-31");
    refused(new DateMilliVector("c", memory), (v, i) -> v.setSafe(i, 1L), "time of day");
    is(new TimeSecVector("c", memory), (v, i) -> v.setSafe(i, 86_399), "23:59:59.000000");
    is(new TimeMicroVector("c", memory), (v, i) -> v.setSafe(i, 1), "00:00:00.000001");
    is(
        new TimeStampMilliVector("c", memory),
        (v, i) -> v.setSafe(i, -1),
        "1969-12-31 23:59:59.999000");
    is(
        new TimeStampMicroTZVector("c", memory, "Asia/Tokyo"),
        (v, i) -> v.setSafe(i, 253_402_300_800_000_001L),
        "10000-01-01 00:00:00.000001+00");
    is(
        new TimeStampNanoVector("c", memory),
        (v, i) -> v.setSafe(i, 1_000),
        "1970-01-01 00:00:00.000001");
    refused(new TimeStampNanoVector("c", memory), (v, i) -> v.setSafe(i, 1), "nanoseconds");
    is(
        new IntervalMonthDayNanoVector(
            "c", FieldType.nullable(new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO)), memory),
        (v, i) -> v.setSafe(i, 14, -3, Duration.ofMillis(-1500).toNanos()),
        "14 mons -3 days -1.500000000 secs");
  }

  @Test
  void lists() {
    try (ListVector list = ListVector.empty("c", memory)) {
      UnionListWriter writer = list.getWriter();
      writer.allocate();
      writer.startList();
      writer.varChar().writeVarChar("a\"\\,}");
      writer.varChar().writeNull();
      writer.varChar().writeVarChar("NULL");
      writer.endList();
      writer.setValueCount(1);
      assertThat(InputText.of(list, 0)).isEqualTo("{\"a\\\"\\\\,}\",NULL,\"NULL\"}");
    }
  }

  @Test
  void otherTypesAreRefused() {
    FieldType type = FieldType.nullable(new ArrowType.Duration(TimeUnit.SECOND));
    refused(new DurationVector("c", type, memory), (v, i) -> v.setSafe(i, 1L), "cannot be written");
  }

  private static <V extends FieldVector> void is(
      V vector, BiConsumer<V, Integer> set, String text) {
    try (vector) {
      vector.allocateNew();
      set.accept(vector, 1);
      vector.setValueCount(2);
      assertThat(InputText.of(vector, 0)).isNull();
      assertThat(InputText.of(vector, 1)).isEqualTo(text);
    }
  }

  private static <V extends FieldVector> void refused(
      V vector, BiConsumer<V, Integer> set, String why) {
    try (vector) {
      vector.allocateNew();
      set.accept(vector, 0);
      vector.setValueCount(1);
      assertThatThrownBy(() -> InputText.of(vector, 0)).hasMessageContaining(why);
    }
  }
}
