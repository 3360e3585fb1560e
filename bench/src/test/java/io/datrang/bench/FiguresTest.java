package io.datrang.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FiguresTest {

  @Test
  void quantilesInterpolateBetweenSamples() {
    List<Double> samples = List.of(4.0, 1.0, 3.0, 2.0);
    assertThat(Figures.quantile(samples, 0)).isEqualTo(1);
    assertThat(Figures.quantile(samples, 0.5)).isEqualTo(2.5);
    assertThat(Figures.quantile(samples, 1)).isEqualTo(4);
  }

  @Test
  void jsonHoldsEveryFigureByNameAndItsSpread(@TempDir Path directory) throws Exception {
    Figures figures = new Figures("rows");
    figures.add("scan_over_heap", "ratio", 0.75);
    figures.add("scan_over_heap", "ratio", 0.5);
    figures.add("scan_over_heap", "ratio", 0.25);
    figures.add("nothing", "ms", Double.NaN);
    figures.fact("quoted", "a \"b\" \\ \n c");
    Path file = directory.resolve("figures.json");
    figures.write(file);
    assertThat(Files.readString(file))
        .isEqualTo(
            """
            {
              "bench": "rows",
              "scan_over_heap": 0.50000,
              "nothing": null,
              "spread": {
                "scan_over_heap": {"min": 0.25000, "median": 0.50000, "max": 0.75000, "unit": "ratio", "samples": 3},
                "nothing": {"min": null, "median": null, "max": null, "unit": "ms", "samples": 1}
              },
              "facts": {
                "quoted": "a \\"b\\" \\\\ \\n c"
              }
            }
            """);
  }
}
