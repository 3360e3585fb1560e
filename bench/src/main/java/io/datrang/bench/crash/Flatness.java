package io.datrang.bench.crash;

import io.datrang.bench.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Whether what the system holds stays the same while one sidecar lives: without the first third of
 * that life, in which caches fill, a straight line over time is laid through each figure.
 */
final class Flatness {

  /** Fewer moments than this say nothing. */
  static final int MOMENTS_MIN = 16;

  private final List<Footprint> judged;
  private final Map<String, Double> growths = new TreeMap<>();

  /** Judges the longest life in what was seen, in order. */
  Flatness(List<Footprint> seen) {
    List<Footprint> life = longestLife(seen);
    judged =
        life.size() < MOMENTS_MIN
            ? List.of()
            : life.stream().filter(each -> each.atS() >= warm(life)).toList();
    if (!judged.isEmpty()) {
      Footprint.BOUNDS.forEach((name, bound) -> growths.put(name, growth(bound.figure())));
    }
  }

  void report(Figures figures) {
    Footprint.BOUNDS.forEach(
        (name, bound) ->
            judged.forEach(each -> figures.add(name, "", bound.figure().applyAsDouble(each))));
    growths.forEach((name, growth) -> figures.add(name + "_growth", "", growth));
    figures.fact("judged_for_growth", "%d rounds in %.0f s".formatted(judged.size(), lengthS()));
  }

  /** Whether one sidecar has lived for long enough to say anything. */
  boolean judges() {
    return !judged.isEmpty();
  }

  /** What ends higher than it began by more than its bound. */
  List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    growths.forEach(
        (name, growth) -> {
          double growthMax = Footprint.BOUNDS.get(name).growthMax();
          if (growth > growthMax) {
            leaks.add(
                "%s grew by %.1f in %.0f s, more than %.0f"
                    .formatted(name, growth, lengthS(), growthMax));
          }
        });
    return leaks;
  }

  private static double warm(List<Footprint> life) {
    double begin = life.get(0).atS();
    return begin + (life.get(life.size() - 1).atS() - begin) / 3;
  }

  private double lengthS() {
    return judged.isEmpty() ? 0 : judged.get(judged.size() - 1).atS() - judged.get(0).atS();
  }

  /** How much higher the fitted line ends than it begins. */
  private double growth(ToDoubleFunction<Footprint> figure) {
    double meanX = judged.stream().mapToDouble(Footprint::atS).average().orElseThrow();
    double meanY = judged.stream().mapToDouble(figure).average().orElseThrow();
    double above = 0;
    double below = 0;
    for (Footprint each : judged) {
      double x = each.atS() - meanX;
      above += x * (figure.applyAsDouble(each) - meanY);
      below += x * x;
    }
    return above / below * lengthS();
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
