package io.datrang.server.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LikenessTest {
  private static final String GROUPED =
      "(select (output (col 1 \"a\") (agg \"count()\" - (args))) (from (join inner (table 7 1)"
          + " (table 8 2) (op \"=(int4,int4)\" - (col 1 \"a\") (col 2 \"b\"))))"
          + " (where (op \"=(text,text)\" \"C\" (col 2 \"t\") (const \"text\" \"alias=1\")))"
          + " (group (by (col 1 \"a\") -)))";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "(table 7 1) | (table 7 1) | true",
        "(table 7 1) | (table 9 1) | false",
        "(table 7 1) | (table 7 1 2) | false",
        "(col 2 \"t\") | (col 1 \"t\") | false",
        "(col 2 \"t\") | (col 2 \"u\") | false",
        "alias=1 | alias=2 | false",
        "count() | count(any) | false",
        "join inner | join left | false"
      })
  void onlyTheNumbersOfRelationsMayDiffer(String part, String other, boolean like) {
    assertThat(GROUPED).contains(part);
    Select changed = select(GROUPED.replace(part, other));
    assertThat(Likeness.of(select(GROUPED), changed)).isEqualTo(like);
    Select renumbered = select(numbered(GROUPED.replace(part, other)));
    assertThat(Likeness.of(select(GROUPED), renumbered)).isEqualTo(like);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "1, 2"})
  void whatNamesRelationsAroundItIsLikeNothing(int left, int right) {
    String part = "(col 1 \"a\") -)))";
    Select one = select(GROUPED.replace(part, "(col " + (5 + left) + " \"a\") -)))"));
    Select two = select(GROUPED.replace(part, "(col " + (5 + right) + " \"a\") -)))"));
    assertThat(Likeness.of(one, two)).isFalse();
  }

  private static String numbered(String select) {
    return select
        .replaceAll("(\\(col) 1 ", "$1 23 ")
        .replaceAll("(\\(col) 2 ", "$1 24 ")
        .replaceAll("(\\(table \\d+) 1\\b", "$1 23")
        .replaceAll("(\\(table \\d+) 2\\b", "$1 24");
  }

  private static Select select(String text) {
    return ((Request.Query) Request.parse("(datrang 1 (query (eventual) " + text + "))")).select();
  }
}
