package io.datrang.bench.differential;

import java.util.List;
import java.util.Random;

/** The only source of randomness. */
final class Dice {

  private final Random random;

  Dice(long seed) {
    this.random = new Random(seed);
  }

  boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  /** A number from {@code low} to {@code high}, both included. */
  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  long anyLong() {
    return random.nextLong();
  }

  double gaussian() {
    return random.nextGaussian();
  }

  /** An index below {@code size} that is small more often than not. */
  int skewed(int size) {
    double uniform = random.nextDouble();
    return (int) (size * uniform * uniform * uniform);
  }

  <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  @SafeVarargs
  final <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
