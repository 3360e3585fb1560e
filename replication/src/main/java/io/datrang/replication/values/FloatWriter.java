package io.datrang.replication.values;

import java.nio.charset.StandardCharsets;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;

/**
 * float4 and float8 in shortest form ({@code extra_float_digits} ≥ 1), with NaN, ±Infinity and −0.
 *
 * <p>Short numbers take a path without garbage: a mantissa that is exact in the type, multiplied or
 * divided by an exact power of ten, is correctly rounded.
 */
final class FloatWriter {
  private static final double[] POWERS = new double[23];
  private static final float[] FLOAT_POWERS = new float[11];

  static {
    double power = 1;
    for (int i = 0; i < POWERS.length; i++, power *= 10) {
      POWERS[i] = power;
      if (i < FLOAT_POWERS.length) {
        FLOAT_POWERS[i] = (float) power;
      }
    }
  }

  private FloatWriter() {}

  static ValueWriter float8(String column, FieldVector vector) {
    return new Double8(column, (Float8Vector) vector);
  }

  static ValueWriter float4(String column, FieldVector vector) {
    return new Single4(column, (Float4Vector) vector);
  }

  /** A number as mantissa and power of ten; reused. */
  private static final class Parts {
    boolean negative;
    long mantissa;
    int exponent;

    /** Whether {@code text[from, to)} is a plain number with few enough digits. */
    boolean parse(byte[] text, int from, int to) {
      int at = from;
      negative = at < to && text[at] == '-';
      if (negative) {
        at++;
      }
      mantissa = 0;
      exponent = 0;
      int digits = 0;
      boolean point = false;
      for (; at < to; at++) {
        int digit = text[at] - '0';
        if (digit >= 0 && digit <= 9) {
          mantissa = mantissa * 10 + digit;
          exponent -= point ? 1 : 0;
          digits++;
        } else if (text[at] == '.' && !point) {
          point = true;
        } else {
          return false; // exponents, NaN, Infinity: the slow path
        }
      }
      return digits > 0 && digits <= 18;
    }
  }

  private static final class Double8 extends ValueWriter {
    private final Float8Vector vector;
    private final Parts parts = new Parts();

    Double8(String column, Float8Vector vector) {
      super(column);
      this.vector = vector;
    }

    @Override
    void write(int row, byte[] text, int from, int to) {
      vector.setSafe(row, parse(text, from, to));
    }

    @Override
    void writeNumber(int row, long bits) {
      vector.setSafe(row, Double.longBitsToDouble(bits));
    }

    private double parse(byte[] text, int from, int to) {
      if (parts.parse(text, from, to) && parts.mantissa <= 1L << 53 && parts.exponent >= -22) {
        double value = parts.mantissa / POWERS[-parts.exponent];
        return parts.negative ? -value : value;
      }
      try {
        return Double.parseDouble(number(text, from, to));
      } catch (NumberFormatException e) {
        throw malformed(text, from, to, "float8");
      }
    }

    @Override
    void writeNull(int row) {
      vector.setNull(row);
    }

    @Override
    FieldVector vector() {
      return vector;
    }
  }

  private static final class Single4 extends ValueWriter {
    private final Float4Vector vector;
    private final Parts parts = new Parts();

    Single4(String column, Float4Vector vector) {
      super(column);
      this.vector = vector;
    }

    @Override
    void write(int row, byte[] text, int from, int to) {
      vector.setSafe(row, parse(text, from, to));
    }

    @Override
    void writeNumber(int row, long bits) {
      if (bits != (int) bits) {
        throw noNumber(bits);
      }
      vector.setSafe(row, Float.intBitsToFloat((int) bits));
    }

    private float parse(byte[] text, int from, int to) {
      if (parts.parse(text, from, to) && parts.mantissa <= 1L << 24 && parts.exponent >= -10) {
        float value = parts.mantissa / FLOAT_POWERS[-parts.exponent];
        return parts.negative ? -value : value;
      }
      try {
        return Float.parseFloat(number(text, from, to));
      } catch (NumberFormatException e) {
        throw malformed(text, from, to, "float4");
      }
    }

    @Override
    void writeNull(int row) {
      vector.setNull(row);
    }

    @Override
    FieldVector vector() {
      return vector;
    }
  }

  /** Java accepts suffixes and hexadecimal that PostgreSQL never prints; refuse those. */
  private static String number(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      byte c = text[i];
      if ((c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e') {
        String word = new String(text, from, to - from, StandardCharsets.ISO_8859_1);
        if (word.equals("NaN") || word.equals("Infinity") || word.equals("-Infinity")) {
          return word;
        }
        throw new NumberFormatException(word);
      }
    }
    return new String(text, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
