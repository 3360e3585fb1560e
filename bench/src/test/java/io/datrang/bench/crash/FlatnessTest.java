package io.datrang.bench.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlatnessTest {

  @Test
  void noiseIsFlat() {
    List<Footprint> seen =
        IntStream.range(0, 60)
            .mapToObj(i -> footprint(1, 900 + 80 * (i % 3), 120 + i % 5))
            .toList();

    assertThat(new Flatness(seen).leaks()).isEmpty();
  }

  @Test
  void memoryThatGrowsToTheEndIsALeak() {
    List<Footprint> seen =
        IntStream.range(0, 60).mapToObj(i -> footprint(1, 600 + 10 * i, 120)).toList();

    assertThat(new Flatness(seen).leaks())
        .singleElement()
        .asString()
        .startsWith("sidecar_rss_mb grew by 290.0 over 30 rounds");
  }

  @Test
  void descriptorsThatGrowAreALeak() {
    List<Footprint> seen =
        IntStream.range(0, 60).mapToObj(i -> footprint(1, 900, 100 + 2 * i)).toList();

    assertThat(new Flatness(seen).leaks()).singleElement().asString().contains("descriptors");
  }

  @Test
  void cachesMayFillInTheFirstHalf() {
    List<Footprint> seen =
        IntStream.range(0, 60)
            .mapToObj(i -> footprint(1, Math.min(900, 100 + 40 * i), 120))
            .toList();

    assertThat(new Flatness(seen).leaks()).isEmpty();
  }

  @Test
  void onlyTheLongestLifeIsJudged() {
    List<Footprint> seen = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      seen.add(footprint(1, 100 + 100 * i, 100));
    }
    for (int i = 0; i < 40; i++) {
      seen.add(footprint(2, 700, 100));
    }

    assertThat(new Flatness(seen).leaks()).isEmpty();
  }

  private static Footprint footprint(long pid, double residentMb, double descriptors) {
    return new Footprint(pid, residentMb, descriptors, 60, 300, 12, 4, 20);
  }
}
