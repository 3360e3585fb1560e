package io.datrang.storage.parquet;

/**
 * The whole numbers of a page, each of which can be had at once: in as few bytes as their distance
 * from the least one takes. Immutable.
 */
final class PageNumbers {
  private final long least;
  private final int size;
  private final boolean ascending;

  /** One of these has the distances; the longs are the numbers themselves. */
  private final char[] small;

  private final int[] medium;
  private final long[] large;

  private PageNumbers(long[] numbers, long least, long most, boolean ascending) {
    long span = most - least;
    boolean overflows = span < 0;
    this.least = least;
    this.size = numbers.length;
    this.ascending = ascending;
    this.small = !overflows && span <= Character.MAX_VALUE ? new char[size] : null;
    this.medium = small == null && !overflows && span <= Integer.MAX_VALUE ? new int[size] : null;
    this.large = small == null && medium == null ? numbers : null;
    for (int i = 0; large == null && i < size; i++) {
      if (small != null) {
        small[i] = (char) (numbers[i] - least);
      } else {
        medium[i] = (int) (numbers[i] - least);
      }
    }
  }

  /** Takes over the array. */
  static PageNumbers of(long[] numbers) {
    long least = Long.MAX_VALUE;
    long most = Long.MIN_VALUE;
    boolean ascending = true;
    for (int i = 0; i < numbers.length; i++) {
      least = Math.min(least, numbers[i]);
      most = Math.max(most, numbers[i]);
      ascending &= i == 0 || numbers[i - 1] <= numbers[i];
    }
    return new PageNumbers(numbers, least, most, ascending);
  }

  long bytes() {
    return (long) size
        * (small != null ? Character.BYTES : medium != null ? Integer.BYTES : Long.BYTES);
  }

  int size() {
    return size;
  }

  long get(int row) {
    return small != null ? least + small[row] : medium != null ? least + medium[row] : large[row];
  }

  /** The first row from {@code from} on that has the number; the size when there is none. */
  int find(long number, int from) {
    int row = ascending ? firstNotLess(number, from) : from;
    while (row < size && get(row) != number) {
      row = ascending ? size : row + 1;
    }
    return row;
  }

  private int firstNotLess(long number, int from) {
    int low = from;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (get(middle) < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
