package io.datrang.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.testing.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A filter never hides a text that has what is looked for, and hides most that have not. */
class TextFilterTest {
  private static final String[] LETTERS = {
    "a", "B", "c", "K", "k", "I", "i", "İ", "ı", "\u212a", "é", "É", " ", "0", "\uD83D\uDE00", "%"
  };

  private static String text(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    return text.toString();
  }

  private static byte[] filter(List<String> texts) {
    TextFilter.Sequences sequences = new TextFilter.Sequences();
    texts.forEach(text -> sequences.add(text.getBytes(UTF_8)));
    return sequences.filter();
  }

  private static boolean mayHold(byte[] filter, String part) {
    return TextFilter.mayHold(filter, TextFilter.wanted(part.getBytes(UTF_8)));
  }

  @Test
  void whatIsThereIsFound() {
    long seed = Seeds.first();
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        texts.add(text(random, random.nextInt(12)));
      }
      byte[] filter = filter(texts);
      assertThat(TextFilter.checked(filter)).isSameAs(filter);
      for (String text : texts) {
        int begin =
            text.offsetByCodePoints(0, random.nextInt(1 + text.codePointCount(0, text.length())));
        String part = text.substring(begin);
        assertThat(mayHold(filter, part)).as("seed %d: %s in %s", seed, part, text).isTrue();
      }
    }
  }

  @Test
  void mostOfWhatIsNotThereIsHidden() {
    List<String> texts = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 5000; i++) {
      texts.add(Long.toString(random.nextLong() & Long.MAX_VALUE, 8));
    }
    byte[] filter = filter(texts);
    int found = 0;
    for (int i = 0; i < 1000; i++) {
      found +=
          mayHold(filter, Long.toString(random.nextLong() & Long.MAX_VALUE, 36) + "xyz") ? 1 : 0;
    }
    assertThat(found).isLessThan(20);
  }

  @Test
  void caseOfLettersIsOne() {
    byte[] filter = filter(List.of("Straße in KIEL", "\u212aelv\u0131n, \u0130zmir"));
    for (String part : List.of("kiel", "KIEL", "straß", "KELVIN", "izmir", "e IN k", "", "ki")) {
      assertThat(mayHold(filter, part)).as(part).isTrue();
    }
    assertThat(mayHold(filter, "berlin")).isFalse();
    assertThat(mayHold(filter, "strasse")).isFalse();
  }

  @Test
  void damagedFiltersHideNothing() {
    byte[] filter = filter(List.of("some text"));
    for (int i = 0; i < filter.length; i++) {
      byte[] damaged = filter.clone();
      damaged[i] ^= 4;
      assertThat(TextFilter.checked(damaged)).as("byte %d", i).isNull();
    }
    assertThat(TextFilter.checked(new byte[0])).isNull();
    assertThat(TextFilter.checked(null)).isNull();
    assertThat(mayHold(null, "anything")).isTrue();
  }

  @Test
  void packedSequencesAreTheSame() {
    TextFilter.Sequences plain = new TextFilter.Sequences();
    TextFilter.Sequences packed = new TextFilter.Sequences();
    TextFilter.Sequences both = new TextFilter.Sequences();
    for (String each : List.of("some text", "other", "Kiel")) {
      plain.add(each.getBytes(UTF_8));
      packed.add(each.getBytes(UTF_8));
      packed.pack();
    }
    both.add(packed);
    assertThat(both.filter()).isEqualTo(plain.filter());
    assertThat(packed.filter()).isEqualTo(plain.filter());
  }

  @Test
  void tooManySequencesMakeNoFilter() {
    TextFilter.Sequences sequences = new TextFilter.Sequences();
    byte[] text = new byte[1 << 20];
    new Random(1).nextBytes(text);
    sequences.add(text);
    assertThat(sequences.filter()).isNull();
    sequences.pack();
    sequences.add("more".getBytes(UTF_8));
    TextFilter.Sequences others = new TextFilter.Sequences();
    others.add(sequences);
    assertThat(sequences.filter()).isNull();
    assertThat(others.filter()).isNull();
  }
}
