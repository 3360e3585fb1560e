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
            .mapToObj(i -> footprint(i, 1, 900 + 80 * (i % 3), 120 + i % 5))
            .toList();

    assertThat(new Flatness(seen).leaks()).isEmpty();
  }

  @Test
  void memoryThatGrowsToTheEndIsALeak() {
    List<Footprint> seen =
        IntStream.range(0, 60).mapToObj(i -> footprint(i, 1, 600 + 10 * i, 120)).toList();

    assertThat(new Flatness(seen).leaks())
        .containsExactly(
            "sidecar_native_mb grew by 390.0 in 975 s, more than 64",
            "sidecar_rss_mb grew by 390.0 in 975 s, more than 160");
  }

  @Test
  void descriptorsThatGrowAreALeak() {
    List<Footprint> seen =
        IntStream.range(0, 60).mapToObj(i -> footprint(i, 1, 900, 100 + 2 * i)).toList();

    assertThat(new Flatness(seen).leaks()).singleElement().asString().contains("descriptors");
  }

  @Test
  void cachesMayFillInTheFirstThird() {
    List<Footprint> seen =
        IntStream.range(0, 60)
            .mapToObj(i -> footprint(i, 1, Math.min(900, 100 + 40 * i), 120))
            .toList();

    assertThat(new Flatness(seen).leaks()).isEmpty();
  }

  @Test
  void onlyTheLongestLifeIsJudged() {
    List<Footprint> seen = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      seen.add(footprint(i, 1, 100 + 100 * i, 100));
    }
    for (int i = 0; i < 40; i++) {
      seen.add(footprint(20 + i, 2, 700, 100));
    }

    assertThat(new Flatness(seen).leaks()).isEmpty();
  }

  @Test
  void aShortLifeSaysNothing() {
    List<Footprint> seen = IntStream.range(0, 15).mapToObj(i -> footprint(i, 1, 900, 120)).toList();

    assertThat(new Flatness(seen).judges()).isFalse();
  }

  private static Footprint footprint(int round, long pid, double residentMb, double descriptors) {
    return new Footprint(
        pid, 25 * round, residentMb, residentMb - 300, descriptors, 60, 300, 12, 4, 20);
  }
}
