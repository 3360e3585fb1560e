package io.datrang.server.functions;

/** Where numbers and times fall: {@code width_bucket} and {@code date_bin}. */
final class Bins {
  private Bins() {}

  static int bucket(double value, double low, double high, int count) {
    if (count <= 0) {
      throw new RaisedError("2201G", "count must be greater than zero");
    }
    if (Double.isNaN(value) || Double.isNaN(low) || Double.isNaN(high)) {
      throw new RaisedError("2201G", "operand, lower bound, and upper bound cannot be NaN");
    }
    if (Double.isInfinite(low) || Double.isInfinite(high)) {
      throw new RaisedError("2201G", "lower and upper bounds must be finite");
    }
    if (low == high) {
      throw new RaisedError("2201G", "lower bound cannot equal upper bound");
    }
    return low < high ? between(value, low, high, count) : between(-value, -low, -high, count);
  }

  private static int between(double value, double low, double high, int count) {
    if (value < low) {
      return 0;
    }
    if (value >= high) {
      if (count == Integer.MAX_VALUE) {
        throw new RaisedError("22003", "integer out of range");
      }
      return count + 1;
    }
    double share = count * (value - low) / (high - low) + 1;
    // What does not fit is what the processor makes of it.
    return share < Integer.MAX_VALUE + 1.0 ? (int) share : Integer.MIN_VALUE;
  }

  /** The start of the bin that a timestamp is in. */
  static long start(int months, int days, long micros, long timestamp, long origin) {
    if (Math.abs(timestamp) == Long.MAX_VALUE) {
      return timestamp;
    }
    if (Math.abs(origin) == Long.MAX_VALUE) {
      throw new RaisedError("22008", "origin out of range");
    }
    if (months != 0) {
      throw new RaisedError(
          "0A000", "timestamps cannot be binned into intervals containing months or years");
    }
    try {
      long stride = Math.addExact(Math.multiplyExact(days, Dates.DAY_MICROS), micros);
      if (stride <= 0) {
        throw new RaisedError("22008", "stride must be greater than zero");
      }
      long distance = Math.subtractExact(timestamp, origin);
      long down = Math.floorMod(distance, stride);
      return Dates.minus(timestamp, 0, 0, down);
    } catch (ArithmeticException e) {
      throw new RaisedError("22008", "interval out of range");
    }
  }
}
