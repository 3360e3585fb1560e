package io.datrang.server.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SharedRowsTest {
  private final SharedRows shared = new SharedRows("mark_");

  @Test
  void whatIsNamedOnceStaysWhereItIs() {
    String rows = shared.relation(tables -> "SELECT 1 FROM " + tables.get(0));
    assertThat(shared.complete("SELECT * FROM " + rows + " AS s", List.of("t")))
        .isEqualTo("SELECT * FROM (SELECT 1 FROM t) AS s");
  }

  @Test
  void whatIsNamedTwiceIsComputedOnce() {
    String rows = shared.relation(tables -> "SELECT 1 FROM " + tables.get(0));
    assertThat(shared.complete("SELECT (FROM " + rows + "), (FROM " + rows + ")", List.of("t")))
        .isEqualTo(
            "WITH rows1 AS MATERIALIZED (SELECT 1 FROM t) SELECT (FROM rows1), (FROM rows1)");
  }

  @Test
  void whatIsNamedWithinComesFirst() {
    String inner = shared.relation(tables -> "SELECT 1");
    String outer = shared.relation(tables -> "FROM " + inner + ", " + inner);
    assertThat(shared.complete("FROM " + outer + ", " + outer, List.of()))
        .isEqualTo(
            "WITH rows1 AS MATERIALIZED (SELECT 1), rows2 AS MATERIALIZED (FROM rows1, rows1)"
                + " FROM rows2, rows2");
  }

  @Test
  void whatIsNamedInOneThatIsNotUsedIsLeftOut() {
    String inner = shared.relation(tables -> "SELECT 1");
    shared.relation(tables -> "FROM " + inner + ", " + inner);
    assertThat(shared.complete("SELECT 2", List.of())).isEqualTo("SELECT 2");
  }
}
