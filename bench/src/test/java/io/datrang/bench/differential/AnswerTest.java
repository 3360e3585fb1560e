package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.differential.Query.Policy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerTest {

  private static final Answer ABB = answer("a", "b", "b");

  @Test
  void aMultisetIgnoresOrderAndCountsCopies() {
    assertThat(difference(answer("b", "a", "b"), ABB, Policy.MULTISET)).isNull();
    assertThat(difference(answer("a", "a", "b"), ABB, Policy.MULTISET))
        .contains("missing [b] (2 times)", "unexpected [a] (2 times)");
    assertThat(difference(answer("a", "b"), ABB, Policy.MULTISET)).contains("3 rows", "got 2");
  }

  @Test
  void nullIsNotTheEmptyText() {
    assertThat(difference(answer(""), answer((String) null), Policy.MULTISET)).isNotNull();
  }

  @Test
  void anOrderedAnswerComparesRowByRow() {
    assertThat(difference(answer("a", "b", "b"), ABB, Policy.ORDERED)).isNull();
    assertThat(difference(answer("b", "a", "b"), ABB, Policy.ORDERED)).startsWith("row 0");
    assertThat(difference(answer("a"), ABB, Policy.ORDERED)).contains("3 rows", "1 rows");
  }

  @Test
  void tiesTakeAnyRowOfTheWholeAnswerButNoneTwice() {
    Answer whole = new Answer(List.of(row("1", "x"), row("1", "y"), row("2", "z")), null);
    Answer right = new Answer(List.of(row("1", "x")), null);
    assertThat(ties(new Answer(List.of(row("1", "y")), null), right, whole)).isNull();
    assertThat(ties(new Answer(List.of(row("2", "z")), null), right, whole)).contains("sort keys");
    assertThat(ties(new Answer(List.of(row("1", "w")), null), right, whole)).contains("[1, w]");
    Answer bothRight = new Answer(List.of(row("1", "x"), row("1", "y")), null);
    Answer twice = new Answer(List.of(row("1", "x"), row("1", "x")), null);
    assertThat(ties(twice, bothRight, whole)).contains("so often");
  }

  @Test
  void floatSumsMayDifferInTheLastDigitsOnly() {
    assertThat(difference(answer("0.30000000000000004"), answer("0.3"), Policy.FLOAT_SUMS))
        .isNull();
    assertThat(difference(answer("NaN"), answer("NaN"), Policy.FLOAT_SUMS)).isNull();
    assertThat(difference(answer("0.31"), answer("0.3"), Policy.FLOAT_SUMS)).isNotNull();
    assertThat(difference(answer((String) null), answer("0"), Policy.FLOAT_SUMS)).isNotNull();
    assertThat(difference(answer("1"), answer("NaN"), Policy.FLOAT_SUMS)).isNotNull();
  }

  @Test
  void anErrorMustMeetTheSameError() {
    Answer overflow = new Answer(List.of(), "22003 out of range");
    assertThat(difference(overflow, new Answer(List.of(), "22003 other"), Policy.MULTISET))
        .isNull();
    assertThat(difference(overflow, ABB, Policy.MULTISET)).contains("22003");
    assertThat(difference(ABB, overflow, Policy.MULTISET)).contains("22003");
  }

  private static String difference(Answer found, Answer right, Policy policy) {
    return found.differenceTo(right, Query.of("", List.of(), policy), null);
  }

  private static String ties(Answer found, Answer right, Answer whole) {
    return found.differenceTo(right, new Query("", List.of(), Policy.TIES, "", 1, null, 0), whole);
  }

  private static Answer answer(String... values) {
    return new Answer(Arrays.stream(values).map(AnswerTest::row).toList(), null);
  }

  private static List<String> row(String... values) {
    return Arrays.asList(values);
  }
}
