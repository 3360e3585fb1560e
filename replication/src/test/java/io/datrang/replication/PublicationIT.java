package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.SourceDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** A table that is not published as a whole, or not by itself, is never followed in part. */
class PublicationIT extends FollowedDefinition {
  @Override
  String[] makeTable() {
    return new String[] {"CREATE TABLE t (id int PRIMARY KEY, a text, b int)"};
  }

  private void assertFreezes(String statement, String because) {
    source.execute(statement);
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    assertThat(source.value("SELECT error FROM datrang.tables")).contains(because);
    source.execute("INSERT INTO t (id) SELECT coalesce(max(id), 0) + 1 FROM t");
  }

  private void assertResyncRepairs() {
    String copied = copies();
    source.resync("t");
    await().atMost(SourceDatabase.PATIENCE).until(() -> !copied.equals(copies()));
    assertEqual();
  }

  @Test
  void F3_tableWithChildrenIsFrozenAndAChildIsFollowedByItself() {
    assertThat(source.value("SELECT datrang.source_refusal(c) FROM pg_class c WHERE relname = 't'"))
        .isNull();
    assertFreezes(
        "CREATE TABLE child (c int, PRIMARY KEY (id)) INHERITS (t)", "it has child tables");
    long child = source.mirrored("child");
    source.execute("INSERT INTO child VALUES (1, 'x', 2, 3)", "UPDATE t SET b = 7");
    source.awaitApplied(harness.storage());
    assertThat(harness.rows(child).toString()).isEqualTo("[[1, x, 7, 3]]");
    source.unmirror("child");
    assertCopiesAnew("DROP TABLE child");
  }

  @Test
  void F4_rowFilterFreezesAndResyncTakesItAway() {
    assertFreezes("ALTER PUBLICATION datrang SET TABLE t WHERE (id < 20)", "published in part");
    assertResyncRepairs();
    assertThat(source.value("SELECT count(*) FROM pg_publication_rel WHERE prqual IS NOT NULL"))
        .isEqualTo("0");
  }

  @Test
  void F5_columnListFreezesAndResyncTakesItAway() {
    assertFreezes("ALTER PUBLICATION datrang SET TABLE t (id, a)", "published in part");
    assertResyncRepairs();
    assertThat(source.value("SELECT count(*) FROM pg_publication_rel WHERE prattrs IS NOT NULL"))
        .isEqualTo("0");
  }

  @Test
  void F6_generatedColumnsAreRefused() {
    source.execute(
        "CREATE TABLE g (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)");
    assertThatThrownBy(() -> source.value("SELECT datrang.column_description('g', '{}')"))
        .hasMessageContaining("column \"twice\" of table public.g is generated");
    assertFreezes(
        "ALTER TABLE t ADD twice int GENERATED ALWAYS AS (id * 2) STORED",
        "column \"twice\" of table public.t is generated");
    assertCopiesAnew("ALTER TABLE t ALTER twice DROP EXPRESSION");
  }

  /** The transaction has changes from before, between and after. */
  @Test
  void E14_publicationIsAlteredWhileATransactionRuns() throws SQLException {
    source.execute("CREATE TABLE other (id int PRIMARY KEY)");
    String copied = copies();
    try (Connection session = source.cluster().connect();
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute("UPDATE t SET b = -1 WHERE id % 3 = 0");
      source.execute("ALTER PUBLICATION datrang ADD TABLE other");
      statement.execute("DELETE FROM t WHERE id % 5 = 0");
      statement.execute("INSERT INTO other VALUES (1)");
      source.execute("ALTER PUBLICATION datrang DROP TABLE other");
      statement.execute("UPDATE t SET id = id + 100 WHERE id % 7 = 0");
      session.commit();
      assertEqual();
      assertThat(copies()).isEqualTo(copied);
      statement.execute("UPDATE t SET b = -2 WHERE id % 3 = 0");
      source.execute("ALTER PUBLICATION datrang DROP TABLE t");
      statement.execute("DELETE FROM t WHERE id % 11 = 0");
      source.execute("ALTER PUBLICATION datrang ADD TABLE t");
      statement.execute("UPDATE t SET id = id + 200 WHERE id < 5");
      session.commit();
    }
    await().atMost(SourceDatabase.PATIENCE).until(() -> !copied.equals(copies()));
    assertEqual();
    assertFollowsInPlace("INSERT INTO t VALUES (999, 'x', 0)");
  }
}
