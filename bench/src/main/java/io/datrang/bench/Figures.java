package io.datrang.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The named figures of one run. A figure is a list of samples, one a round; its value is their
 * median. Not thread-safe.
 */
public final class Figures {

  private final String bench;
  private final Map<String, List<Double>> samples = new LinkedHashMap<>();
  private final Map<String, String> units = new LinkedHashMap<>();
  private final Map<String, String> facts = new LinkedHashMap<>();

  public Figures(String bench) {
    this.bench = bench;
  }

  /** Adds a sample to the figure of this name. */
  public void add(String name, String unit, double sample) {
    units.put(name, unit);
    samples.computeIfAbsent(name, key -> new ArrayList<>()).add(sample);
  }

  /** States a condition of the run, such as the size of the data. */
  public void fact(String name, Object value) {
    facts.put(name, String.valueOf(value));
  }

  public double median(String name) {
    return quantile(samples.get(name), 0.5);
  }

  /** The value at a share between 0 and 1 of the sorted samples, interpolated. */
  static double quantile(List<Double> values, double share) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    double position = share * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = (int) Math.ceil(position);
    return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
  }

  public void print(PrintStream out) {
    facts.forEach((name, value) -> out.printf("%-24s %s%n", name, value));
    out.printf(
        "%n%-36s %10s %10s %10s  %-8s %s%n", "figure", "min", "median", "max", "unit", "samples");
    samples.forEach(
        (name, values) ->
            out.printf(
                Locale.ROOT,
                "%-36s %10s %10s %10s  %-8s %d%n",
                name,
                number(quantile(values, 0)),
                number(quantile(values, 0.5)),
                number(quantile(values, 1)),
                units.get(name),
                values.size()));
  }

  /**
   * Writes an object that holds every figure by name (its median), then {@code spread} with
   * minimum, median, maximum, unit and number of samples of each, then {@code facts}.
   */
  public void write(Path file) throws IOException {
    StringBuilder json = new StringBuilder("{\n  \"bench\": ").append(quoted(bench));
    samples.forEach(
        (name, values) ->
            json.append(",\n  ").append(quoted(name)).append(": ").append(number(median(name))));
    json.append(",\n  \"spread\": {");
    String separator = "\n";
    for (Map.Entry<String, List<Double>> figure : samples.entrySet()) {
      List<Double> values = figure.getValue();
      json.append(separator)
          .append("    %s: ".formatted(quoted(figure.getKey())))
          .append(
              "{\"min\": %s, \"median\": %s, \"max\": %s, \"unit\": %s, \"samples\": %d}"
                  .formatted(
                      number(quantile(values, 0)),
                      number(quantile(values, 0.5)),
                      number(quantile(values, 1)),
                      quoted(units.get(figure.getKey())),
                      values.size()));
      separator = ",\n";
    }
    json.append("\n  },\n  \"facts\": {");
    separator = "\n";
    for (Map.Entry<String, String> fact : facts.entrySet()) {
      json.append(separator)
          .append("    %s: %s".formatted(quoted(fact.getKey()), quoted(fact.getValue())));
      separator = ",\n";
    }
    json.append("\n  }\n}\n");
    Files.writeString(file, json);
  }

  /** Four significant digits; large whole numbers stay whole. */
  private static String number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return "null";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return String.valueOf((long) value);
    }
    double magnitude = Math.abs(value);
    int decimals = magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 1 ? 3 : 5;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        default -> json.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
      }
    }
    return json.append('"').toString();
  }
}
