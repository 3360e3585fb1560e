package io.datrang.bench.crash;

import io.datrang.bench.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Whether what the system holds stays the same while one sidecar lives: over the second half of
 * that life, because caches fill in the first, a straight line is laid through each figure.
 */
final class Flatness {

  /** Fewer moments than this say nothing. */
  static final int MOMENTS_MIN = 16;

  private static final double GROWTH_MAX = 0.1;

  private final List<Footprint> half;
  private final Map<String, Double> growths = new TreeMap<>();

  /** Judges the longest life in what was seen, in order. */
  Flatness(List<Footprint> seen) {
    List<Footprint> life = longestLife(seen);
    half = life.size() < MOMENTS_MIN ? List.of() : life.subList(life.size() / 2, life.size());
    if (!half.isEmpty()) {
      Footprint.BOUNDS.forEach((name, bound) -> growths.put(name, growth(bound.figure())));
    }
  }

  void report(Figures figures) {
    Footprint.BOUNDS.forEach(
        (name, bound) ->
            half.forEach(each -> figures.add(name, "", bound.figure().applyAsDouble(each))));
    growths.forEach((name, growth) -> figures.add(name + "_growth", "", growth));
    figures.fact("rounds_judged_for_growth", half.size());
  }

  /** What has grown: a tenth of its mean and its slack more at the end of the line. */
  List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    growths.forEach(
        (name, growth) -> {
          Footprint.Bound bound = Footprint.BOUNDS.get(name);
          double mean = half.stream().mapToDouble(bound.figure()).average().orElseThrow();
          if (growth > mean * GROWTH_MAX + bound.slack()) {
            leaks.add(
                "%s grew by %.1f over %d rounds, mean %.1f"
                    .formatted(name, growth, half.size(), mean));
          }
        });
    return leaks;
  }

  /** How much higher the fitted line ends than it begins. */
  private double growth(ToDoubleFunction<Footprint> figure) {
    double meanX = (half.size() - 1) / 2.0;
    double meanY = half.stream().mapToDouble(figure).average().orElseThrow();
    double above = 0;
    double below = 0;
    for (int x = 0; x < half.size(); x++) {
      above += (x - meanX) * (figure.applyAsDouble(half.get(x)) - meanY);
      below += (x - meanX) * (x - meanX);
    }
    return above / below * (half.size() - 1);
  }

  private static List<Footprint> longestLife(List<Footprint> seen) {
    List<Footprint> longest = List.of();
    List<Footprint> life = new ArrayList<>();
    for (Footprint moment : seen) {
      if (!life.isEmpty() && life.get(0).pid() != moment.pid()) {
        life = new ArrayList<>();
      }
      life.add(moment);
      if (life.size() > longest.size()) {
        longest = List.copyOf(life);
      }
    }
    return longest;
  }
}
