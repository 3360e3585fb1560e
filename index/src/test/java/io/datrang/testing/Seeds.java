package io.datrang.testing;

/**
 * Where random tests begin: {@code -Ddatrang.seed=N}, or in the same place every time, so that a
 * build that fails does so again. {@code ./dev test --long} begins somewhere else each time.
 */
public final class Seeds {
  private static final long FIRST = 20261121;

  private Seeds() {}

  public static long first() {
    return Long.getLong("datrang.seed", FIRST);
  }
}
