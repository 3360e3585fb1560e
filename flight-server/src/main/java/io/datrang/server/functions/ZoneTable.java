package io.datrang.server.functions;

import java.util.Arrays;

/**
 * The offsets from UTC a time zone has had and will have. Immutable.
 *
 * @param from seconds since 1970 at which an offset begins, ascending
 * @param offsets seconds east of UTC: the one before the first change, then one for each change
 */
public record ZoneTable(long[] from, int[] offsets) {
  /** The calendar repeats after so many seconds, 400 years; so do the rules of zones. */
  static final long CYCLE = 146_097L * 86_400;

  /** The year 2500: all tables reach as far. */
  static final long END = 16_725_225_600L;

  public static final ZoneTable UTC = new ZoneTable(new long[0], new int[] {0});

  private static final long DAY = 86_400;

  /** The offset at an instant. */
  int at(long second) {
    return offsets[index(repeated(second))];
  }

  private static long repeated(long second) {
    return second < END ? second : second - ((second - END) / CYCLE + 1) * CYCLE;
  }

  /** How many changes came before or at the instant. */
  private int index(long second) {
    int found = Arrays.binarySearch(from, second);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /**
   * The offset of a local time, as DetermineTimeZoneOffset finds it: of times a change leaves out,
   * and of those there are twice, what holds before a change forward and after one backward.
   */
  int ofLocal(long local) {
    long second = repeated(local);
    int before = index(second - DAY);
    if (before == from.length) {
      return offsets[before];
    }
    long change = from[before];
    long early = second - offsets[before];
    long late = second - offsets[before + 1];
    if (early < change && late < change) {
      return offsets[before];
    }
    if (early > change && late >= change) {
      return offsets[before + 1];
    }
    return early > late ? offsets[before] : offsets[before + 1];
  }
}
