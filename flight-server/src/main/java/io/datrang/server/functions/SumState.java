package io.datrang.server.functions;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.HexFormat;

/**
 * What PostgreSQL keeps of sum and avg of numeric and int8 until it has seen all partitions, as its
 * numeric_avg_serialize and int8_avg_serialize write it: the number of values as int8, their sum,
 * and of numerics the largest display scale (int4), how many have it, and how many are NaN,
 * Infinity and -Infinity (int8 each). A sum is the number of its base 10,000 digits, the first
 * one's weight, a sign (0x4000 for minus) and the display scale (int4 each), then the digits (int2
 * each).
 */
final class SumState {
  private static final int BASE_DIGITS = 4;
  private static final int MINUS = 0x4000;

  private SumState() {}

  /** Of int8 values, in hexadecimal digits. */
  static String ofIntegers(Numeric sum, long count) {
    return hex(
        out -> {
          out.writeLong(count);
          write(sum, out);
        });
  }

  /** Of numeric values, in hexadecimal digits. */
  static String ofNumerics(Numeric sum, long count) {
    return hex(
        out -> {
          Numeric finite = sum.isFinite() ? sum : Numeric.ZERO;
          out.writeLong(count);
          write(finite, out);
          out.writeInt(finite.number().scale());
          out.writeLong(count);
          out.writeLong(sum.isNaN() ? 1 : 0);
          out.writeLong(!sum.isFinite() && !sum.isNaN() && sum.sign() > 0 ? 1 : 0);
          out.writeLong(!sum.isFinite() && !sum.isNaN() && sum.sign() < 0 ? 1 : 0);
        });
  }

  private static void write(Numeric sum, DataOutputStream out) throws IOException {
    int scale = sum.number().scale();
    int behindPoint = (scale + BASE_DIGITS - 1) / BASE_DIGITS;
    BigInteger units = sum.number().abs().setScale(behindPoint * BASE_DIGITS).unscaledValue();
    String text = units.signum() == 0 ? "" : units.toString();
    int digits = (text.length() + BASE_DIGITS - 1) / BASE_DIGITS;
    String padded = "0".repeat(digits * BASE_DIGITS - text.length()) + text;
    out.writeInt(digits);
    out.writeInt(digits == 0 ? 0 : digits - behindPoint - 1);
    out.writeInt(sum.sign() < 0 ? MINUS : 0);
    out.writeInt(scale);
    for (int i = 0; i < digits; i++) {
      int digit = Integer.parseInt(padded.substring(i * BASE_DIGITS, (i + 1) * BASE_DIGITS));
      out.writeShort(digit);
    }
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static String hex(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
