package io.datrang.bench.tpch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TpchQueriesTest {
  @Test
  void allQueriesAreThere() {
    for (int number = 1; number <= TpchQueries.COUNT; number++) {
      assertThat(TpchQueries.text(number)).contains("SELECT", "FROM");
    }
    assertThat(TpchTables.names()).hasSize(8);
  }
}
