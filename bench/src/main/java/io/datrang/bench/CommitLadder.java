package io.datrang.bench;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the time goes between a commit and its being seen, as the sidecar's histograms have it;
 * counts what happened since it was made. One thread.
 */
final class CommitLadder {
  private static final Pattern BUCKET =
      Pattern.compile(
          "^datrang_replication_commit_seconds_bucket\\{step=\"(\\w+)\",le=\"([^\"]+)\"\\} (\\S+)",
          Pattern.MULTILINE);

  private final Map<String, TreeMap<Double, Double>> before;

  CommitLadder() throws IOException, InterruptedException {
    before = counts();
  }

  private Map<String, TreeMap<Double, Double>> counts() throws IOException, InterruptedException {
    String page = MetricsPage.read().text();
    Map<String, TreeMap<Double, Double>> counts = new TreeMap<>();
    for (Matcher line = BUCKET.matcher(page); line.find(); ) {
      double bound = line.group(2).equals("+Inf") ? 60 : Double.parseDouble(line.group(2));
      counts
          .computeIfAbsent(line.group(1), step -> new TreeMap<>())
          .put(bound, Double.parseDouble(line.group(3)));
    }
    return counts;
  }

  /** Adds {@code commit_to_STEP_ms_pN}: upper bounds of the histogram's buckets. */
  void report(Figures figures) throws IOException, InterruptedException {
    counts()
        .forEach(
            (step, counts) -> {
              for (int percent : new int[] {50, 95, 99}) {
                figures.add(
                    "commit_to_" + step + "_ms_p" + percent,
                    "ms",
                    1000 * quantile(counts, before.getOrDefault(step, new TreeMap<>()), percent));
              }
            });
  }

  private static double quantile(
      TreeMap<Double, Double> counts, TreeMap<Double, Double> before, int percent) {
    double all = counts.lastEntry().getValue() - before.getOrDefault(counts.lastKey(), 0.0);
    for (Map.Entry<Double, Double> bucket : counts.entrySet()) {
      double within = bucket.getValue() - before.getOrDefault(bucket.getKey(), 0.0);
      if (within >= all * percent / 100) {
        return bucket.getKey();
      }
    }
    return counts.lastKey();
  }
}
