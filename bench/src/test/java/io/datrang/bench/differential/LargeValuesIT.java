package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Trap 31: values of many megabytes, more of them than fit a message. (Strings that are not UTF-8
 * cannot be: a source of another encoding is refused, see SourceServer.)
 */
class LargeValuesIT {
  private static final String DIGESTS =
      "SELECT string_agg(id || ':' || length(t) || md5(t) || length(b) || md5(b), ' ' ORDER BY id)"
          + " FROM ";

  @Test
  void valuesOfManyMegabytesArriveWhole() throws SQLException {
    try (Connection connection = RunningDatabase.forTests().connect(Map.of())) {
      drop(connection);
      Database.execute(
          connection,
          "CREATE TABLE public.large (id int4 PRIMARY KEY, t text, b bytea)",
          "INSERT INTO public.large SELECT i, repeat('äx' || i, 4000000 + i),"
              + " decode(repeat('00ff', 5000000 + i), 'hex') FROM generate_series(1, 6) AS i",
          "SELECT datrang.mirror('public.large')",
          "SELECT datrang.wait_ready('columnar.large')",
          "INSERT INTO public.large SELECT i, repeat('ö' || i, 3000000), '\\x00'"
              + " FROM generate_series(7, 9) AS i");
      String right = Database.single(connection, DIGESTS + "public.large");
      assertThat(Database.single(connection, DIGESTS + "columnar.large")).isEqualTo(right);
      Database.execute(connection, "SET datrang.enable_pushdown = off");
      assertThat(Database.single(connection, DIGESTS + "columnar.large")).isEqualTo(right);
      drop(connection);
    }
  }

  private static void drop(Connection connection) throws SQLException {
    if (Database.single(connection, "SELECT to_regclass('columnar.large')") != null) {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.large')");
    }
    Database.execute(connection, "DROP TABLE IF EXISTS public.large");
  }
}
