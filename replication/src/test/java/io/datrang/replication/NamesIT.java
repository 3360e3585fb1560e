package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.SourceDatabase;
import io.datrang.types.Column;
import org.junit.jupiter.api.Test;

/** Names are kept as they are, whatever is in them. */
class NamesIT extends FollowedDefinition {
  private static final String LONG = "n234567890".repeat(6) + "123";

  @Override
  String[] makeTable() {
    return new String[] {"CREATE TABLE t (id int PRIMARY KEY, a text, b int)"};
  }

  @Test
  void E11_namesOfColumnsAreKept() {
    String unicode = "ü😀".repeat(10) + "abc"; // 63 bytes
    assertFollowsInPlace(
        "ALTER TABLE t ADD \"A\" int DEFAULT 1, ADD \"select\" int DEFAULT 2, ADD \"it's\" text DEFAULT"
            + " 'x', ADD \"with \"\"quotes\"\"\" int, ADD \" \" int DEFAULT 3, ADD \"back\\slash\" int, ADD"
            + " \"per%cent\" int, ADD \"a.b\" int DEFAULT 4, ADD \"tab\tnl\n\" int, ADD _ins int DEFAULT 5, ADD"
            + " _del int, ADD _seq int, ADD file_row_number int DEFAULT 6, ADD filename text, ADD file_index"
            + " int, ADD c1 int DEFAULT 7, ADD c2 text, ADD \"?\" int, ADD \"$1\" int DEFAULT 8",
        "ALTER TABLE t ADD " + LONG + " int DEFAULT 9, ADD \"" + unicode + "\" int DEFAULT 10",
        "INSERT INTO t VALUES (60, 'x', 60), (61, NULL, NULL)",
        "UPDATE t SET \"A\" = id, \"it's\" = 'y', \"with \"\"quotes\"\"\" = 5 WHERE id % 2 = 0",
        "ALTER TABLE t RENAME \"A\" TO \"B\"",
        "ALTER TABLE t RENAME a TO \"A\"",
        "ALTER TABLE t RENAME \"select\" TO \"from\"");
    assertThat(schema().columns()).extracting(Column::name).contains("A", "b", "B", LONG, unicode);
    assertCopiesAnew("ALTER TABLE t ADD \"SELECT\" float8 DEFAULT random()");
  }

  @Test
  void E11_namesOfTablesAreKept() {
    assertFollowsInPlace(
        "CREATE SCHEMA \"a \"\"schema\"\" . ü\"",
        "ALTER TABLE t SET SCHEMA \"a \"\"schema\"\" . ü\"",
        "ALTER TABLE \"a \"\"schema\"\" . ü\".t RENAME TO \"it's \"\"T\"\"; %s\"",
        "INSERT INTO \"a \"\"schema\"\" . ü\".\"it's \"\"T\"\"; %s\" VALUES (77, 'x', 7)",
        "ALTER TABLE \"a \"\"schema\"\" . ü\".\"it's \"\"T\"\"; %s\" ADD c float8 DEFAULT 0.5",
        "ALTER TABLE \"a \"\"schema\"\" . ü\".\"it's \"\"T\"\"; %s\" RENAME TO " + LONG,
        "ALTER TABLE \"a \"\"schema\"\" . ü\"." + LONG + " SET SCHEMA public",
        "ALTER TABLE " + LONG + " RENAME TO t");
    source.execute("ALTER TABLE t SET SCHEMA \"a \"\"schema\"\" . ü\"");
    source.execute("ALTER TABLE \"a \"\"schema\"\" . ü\".t RENAME TO \"it's \"\"T\"\"; %s\"");
    String copied = copies();
    source.execute(
        "SELECT datrang.redefine(table_id), datrang.copy_anew(table_id) FROM datrang.tables");
    await().atMost(SourceDatabase.PATIENCE).until(() -> !copied.equals(copies()));
    assertEqual();
  }
}
