package io.datrang.replication.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What users are told to execute can be executed. */
class CatalogTableTest {
  @Test
  void namesInHintsAreQuotedWhereTheyHaveToBe() {
    assertThat(CatalogTable.resync("public", "t_1")).isEqualTo("run datrang.resync('public.t_1')");
    assertThat(CatalogTable.resync("My schema", "it's \"t\""))
        .isEqualTo("run datrang.resync('\"My schema\".\"it''s \"\"t\"\"\"')");
  }
}
