package io.datrang.server.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextPrefixTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "abc%    | abc  abcd abcé abc%    | ab abb abd ABC b",
        "abc_x   | abc0x abc_x            | abb abd",
        "é%      | é éa                   | e ê zz",
        "x\\%y%  | x%y x%yz               | x xy x\\%y",
        "plain   | plain                  | plai plain2 Plain",
        "\uD83D\uDE00% | \uD83D\uDE00 \uD83D\uDE00z | \uD83D\uDE01 z"
      })
  void admitsWhatCanMatch(String pattern, String within, String beyond) {
    Predicate predicate = TextPrefix.ofPattern(1, pattern.strip());
    for (String value : within.strip().split(" +")) {
      assertThat(holds(predicate, value)).as(value).isTrue();
    }
    for (String value : beyond.strip().split(" +")) {
      assertThat(holds(predicate, value)).as(value).isFalse();
    }
  }

  @Test
  void saysNothingOfOtherPatterns() {
    assertThat(TextPrefix.ofPattern(1, "%x")).isInstanceOf(Predicate.Any.class);
    assertThat(TextPrefix.ofPattern(1, "_x")).isInstanceOf(Predicate.Any.class);
    assertThat(TextPrefix.ofPattern(1, "x\\")).isInstanceOf(Predicate.Any.class);
    assertThat(TextPrefix.of(1, "")).isInstanceOf(Predicate.Any.class);
  }

  private static boolean holds(Predicate predicate, String value) {
    if (predicate instanceof Predicate.And and) {
      return and.all().stream().allMatch(p -> holds(p, value));
    }
    Predicate.Compare compare = (Predicate.Compare) predicate;
    int order =
        Arrays.compareUnsigned(value.getBytes(StandardCharsets.UTF_8), (byte[]) compare.value());
    return switch (compare.operator()) {
      case EQ -> order == 0;
      case LT -> order < 0;
      case GE -> order >= 0;
      default -> throw new AssertionError(compare);
    };
  }
}
