package io.datrang.server.semantics;

import java.math.BigDecimal;

/**
 * A PostgreSQL numeric, which may be infinite or NaN; ordered as PostgreSQL orders it (NaN above
 * all, equal to itself).
 *
 * @param rank −1 for −Infinity, 0 for a number, 1 for Infinity, 2 for NaN
 * @param number the number when rank is 0, otherwise null
 */
record NumericValue(int rank, BigDecimal number) implements Comparable<NumericValue> {

  /** Reads {@code numeric_out}'s text. */
  static NumericValue parse(String text) {
    return switch (text) {
      case "NaN" -> new NumericValue(2, null);
      case "Infinity" -> new NumericValue(1, null);
      case "-Infinity" -> new NumericValue(-1, null);
      default -> new NumericValue(0, new BigDecimal(text));
    };
  }

  /** As {@code numeric_out} writes it. */
  String text() {
    return switch (rank) {
      case 0 -> (number.scale() < 0 ? number.setScale(0) : number).toPlainString();
      case -1 -> "-Infinity";
      case 1 -> "Infinity";
      default -> "NaN";
    };
  }

  boolean isFinite() {
    return rank == 0;
  }

  @Override
  public int compareTo(NumericValue other) {
    return rank == 0 && other.rank == 0
        ? number.compareTo(other.number)
        : Integer.compare(rank, other.rank);
  }
}
