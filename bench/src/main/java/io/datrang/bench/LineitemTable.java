package io.datrang.bench;

import io.trino.tpch.LineItem;
import io.trino.tpch.LineItemGenerator;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** TPC-H's lineitem as a heap table and its mirror. */
final class LineitemTable {
  static final String NAME = "lineitem";

  private static final int COPY_BYTES = 1 << 16;
  private static final double ROWS_AT_SCALE_1 = 6_001_215;

  private static final String CREATE =
      """
      CREATE TABLE public.lineitem (
        l_orderkey bigint NOT NULL, l_partkey bigint NOT NULL, l_suppkey bigint NOT NULL,
        l_linenumber int NOT NULL, l_quantity numeric(15,2) NOT NULL,
        l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL,
        l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL,
        l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL,
        l_receiptdate date NOT NULL, l_shipinstruct char(25) NOT NULL,
        l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL,
        PRIMARY KEY (l_orderkey, l_linenumber))
      """;

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
      Database.execute(connection, CREATE);
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
    long rows = 0;
    StringBuilder buffer = new StringBuilder(COPY_BYTES * 2);
    long total = Math.max(1, (long) (scaleFactor * ROWS_AT_SCALE_1));
    try (Progress progress = new Progress("loading lineitem", total)) {
      for (LineItem item : new LineItemGenerator(scaleFactor, 1, 1)) {
        String line = item.toLine();
        int end = line.endsWith("|") ? line.length() - 1 : line.length();
        buffer.append(line, 0, end).append('\n');
        rows++;
        if (buffer.length() >= COPY_BYTES) {
          send(copy, buffer);
          progress.at(rows);
        }
      }
      send(copy, buffer);
      copy.endCopy();
    }
  }

  private static void send(CopyIn copy, StringBuilder buffer) throws Exception {
    byte[] bytes = buffer.toString().getBytes(StandardCharsets.UTF_8);
    copy.writeToCopy(bytes, 0, bytes.length);
    buffer.setLength(0);
  }
}
