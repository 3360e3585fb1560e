package io.datrang.server.updates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WriteStatementTest {
  @Test
  void tellsWritesFromEverythingElse() {
    for (String sql :
        List.of(
            "insert into t values (1)",
            " /* SELECT */ -- SELECT\n UPDATE t SET a = 1;",
            "WITH x AS (SELECT 1), y (b) AS (VALUES (2)) DELETE FROM t",
            "with x as (select ')') merge into t using x on true when matched then delete")) {
      assertThat(ClientWrites.isWrite(sql)).as(sql).isTrue();
    }
    for (String sql :
        List.of(
            "",
            "SELECT 1",
            "INSERTED",
            "\"INSERT\" INTO t",
            "'INSERT'",
            "(INSERT INTO t VALUES (1))",
            "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
            "WITH delete AS (SELECT 1) SELECT * FROM delete",
            "TRUNCATE t",
            "EXPLAIN DELETE FROM t")) {
      assertThat(ClientWrites.isWrite(sql)).as(sql).isFalse();
      assertThatThrownBy(() -> WriteStatement.parse(sql))
          .as(sql)
          .hasMessageContaining("not an INSERT");
    }
  }

  @Test
  void findsParameters() {
    WriteStatement unnumbered =
        WriteStatement.parse(
            "UPDATE t SET a = ?, b = '?', \"?\" = $$?$$, j = j ?? 'k' WHERE c = ?");
    assertThat(unnumbered.order()).containsExactly(0, 1);
    assertThat(unnumbered.checked())
        .isEqualTo("UPDATE t SET a = $1, b = '?', \"?\" = $$?$$, j = j ? 'k' WHERE c = $2");
    WriteStatement numbered = WriteStatement.parse("DELETE FROM t$1 WHERE a = $2 AND b=$1+$2;");
    assertThat(numbered.order()).containsExactly(1, 0, 1);
    assertThat(numbered.parameters()).isEqualTo(2);
    assertThat(numbered.runnable()).isEqualTo("DELETE FROM t$1 WHERE a = ? AND b=?+?");
    assertThatThrownBy(() -> WriteStatement.parse("DELETE FROM t WHERE a = ? AND b = $1"))
        .hasMessageContaining("both numbered and unnumbered");
  }

  @Test
  void refusesSeveralStatements() {
    for (String sql :
        List.of(
            "DELETE FROM t; DELETE FROM t",
            "DELETE FROM t;;",
            "DELETE FROM t WHERE a = 'x\\'; DROP TABLE t; --'",
            "DELETE FROM t /* ; */; COMMIT",
            "DELETE FROM t WHERE a = $q$;$q$; COMMIT")) {
      assertThatThrownBy(() -> WriteStatement.parse(sql)).as(sql).hasMessageContaining("several");
    }
    for (String sql :
        List.of(
            "DELETE FROM t; -- done; really",
            "DELETE FROM t WHERE a = E'x\\'; DROP TABLE t; --'",
            "DELETE FROM t WHERE a = $q$;$q$")) {
      assertThat(WriteStatement.parse(sql).order()).as(sql).isEmpty();
    }
  }

  @Test
  void anythingIsReadOrRefused() {
    String pieces = "'\"$q;?-/*()\\ E1a\n\0\u00e9";
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      StringBuilder sql = new StringBuilder("DELETE ");
      for (int i = random.nextInt(30); i > 0; i--) {
        sql.append(pieces.charAt(random.nextInt(pieces.length())));
      }
      assertThatCode(
              () -> {
                try {
                  WriteStatement.parse(sql.toString());
                } catch (WriteFailedException e) {
                  assertThat(e.sqlState()).isEqualTo("42601");
                }
              })
          .as("seed %d", seed)
          .doesNotThrowAnyException();
    }
  }
}
