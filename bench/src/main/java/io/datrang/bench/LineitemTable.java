package io.datrang.bench;

import java.sql.Connection;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** TPC-H's lineitem as a heap table and its mirror. */
final class LineitemTable {
  static final String NAME = "lineitem";

  private LineitemTable() {}

  /** Loads and mirrors it, unless it is there at this scale. */
  static void load(Connection connection, double scaleFactor, Figures figures) throws Exception {
    String scale = String.valueOf(scaleFactor);
    boolean loaded =
        Mirror.exists(connection, "columnar." + NAME)
            && scale.equals(
                Database.single(connection, "SELECT obj_description('public.lineitem'::regclass)"));
    if (!loaded) {
      Mirror.drop(connection, NAME);
      Database.execute(
          connection,
          "CREATE TABLE public.lineitem ("
              + Lineitem.COLUMNS
              + ", PRIMARY KEY (l_orderkey, l_linenumber))");
      copy(connection, scaleFactor);
      Database.execute(
          connection,
          "VACUUM (FREEZE, ANALYZE) public.lineitem",
          "COMMENT ON TABLE public.lineitem IS '" + scale + "'");
      Stopwatch watch = new Stopwatch();
      Mirror.create(connection, NAME);
      figures.add("mirror_s", "s", watch.elapsedMs() / 1000);
    }
    figures.fact("scale_factor", scale);
    figures.fact("rows", Database.single(connection, "SELECT count(*) FROM public.lineitem"));
    figures.fact(
        "heap_bytes", Database.single(connection, "SELECT pg_relation_size('public.lineitem')"));
  }

  /** Generates the rows and sends them in one COPY. */
  private static void copy(Connection connection, double scaleFactor) throws Exception {
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY public.lineitem FROM STDIN (DELIMITER '|')");
    Lineitem.write(scaleFactor, "loading lineitem", rows -> copy.writeToCopy(rows, 0, rows.length));
    copy.endCopy();
  }
}
