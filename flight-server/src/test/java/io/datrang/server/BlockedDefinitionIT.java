package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of a mirrored table's definition that fail for reasons that pass. */
class BlockedDefinitionIT {
  private MirroredDatabase database;

  @BeforeEach
  void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'",
        "CREATE TABLE h (id int8 PRIMARY KEY, note text)",
        "INSERT INTO h SELECT n, 'note ' || n FROM generate_series(1, 100) n");
    database.mirror("h");
  }

  @AfterEach
  void stop() {
    if (database != null) {
      database.close();
    }
  }

  /** A reader of the copy holds its lock; the statement gives up, and the mirror lives on. */
  @Test
  void aLockTimeoutFailsTheStatementAndNotTheMirror() throws Exception {
    try (Connection reader = database.cluster().connect();
        Connection other = database.cluster().connect();
        Statement statement = other.createStatement()) {
      reader.setAutoCommit(false);
      MirroredDatabase.rows(reader, "SELECT count(*) FROM columnar.h");
      statement.execute("SET lock_timeout = '200ms'");
      assertThatThrownBy(() -> statement.execute("ALTER TABLE h ADD COLUMN extra int DEFAULT 7"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
      assertThat(one("SELECT state FROM datrang.tables WHERE table_name = 'h'"))
          .isEqualTo("streaming");
      reader.commit();
      statement.execute("RESET lock_timeout");
      statement.execute("ALTER TABLE h ADD COLUMN extra int DEFAULT 7");
      statement.execute("INSERT INTO h VALUES (101, 'later', 8)");
    }
    assertThat(one("SELECT count(*) || ' ' || sum(extra) FROM columnar.h")).isEqualTo("101 708");
  }

  private String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }
}
