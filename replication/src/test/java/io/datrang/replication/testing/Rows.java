package io.datrang.replication.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares contents of tables: the same rows, each as often, in any order. */
public final class Rows {
  private static final int SHOWN = 5;

  private Rows() {}

  /** Fails with the first rows that differ. */
  public static void assertSame(
      String what, List<List<String>> actual, List<List<String>> expected) {
    Map<List<String>, Integer> counts = new HashMap<>();
    expected.forEach(row -> counts.merge(row, 1, Integer::sum));
    actual.forEach(row -> counts.merge(row, -1, Integer::sum));
    List<List<String>> missing = new ArrayList<>();
    List<List<String>> surplus = new ArrayList<>();
    counts.forEach(
        (row, count) -> {
          if (count != 0) {
            (count > 0 ? missing : surplus).add(row);
          }
        });
    if (!missing.isEmpty() || !surplus.isEmpty()) {
      throw new AssertionError(
          String.format(
              "%s: %d rows, expected %d; %d missing, first %s; %d too many, first %s",
              what,
              actual.size(),
              expected.size(),
              missing.size(),
              missing.stream().limit(SHOWN).toList(),
              surplus.size(),
              surplus.stream().limit(SHOWN).toList()));
    }
  }
}
