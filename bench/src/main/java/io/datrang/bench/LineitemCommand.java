package io.datrang.bench;

import io.trino.tpch.LineItem;
import io.trino.tpch.LineItemGenerator;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.Callable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** TPC-H's lineitem: queries in the shape of Q1 and Q6 on the heap and on the mirror. */
@Command(
    name = "lineitem",
    mixinStandardHelpOptions = true,
    description = {
      "TPC-H lineitem: Q1- and Q6-shaped queries on heap and mirror, answers compared exactly.",
      "q1_over_heap, q6_over_heap, point_over_heap: no parallel workers;",
      "q1_parallel_over_heap, q6_parallel_over_heap: with the server's default workers.",
      "Times are those of a JDBC client; heap and columnar alternate in every round."
    })
final class LineitemCommand implements Callable<Integer> {

  private static final String TABLE = "lineitem";
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

  private static final String Q1 =
      """
      SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice),
             sum(l_extendedprice * (1 - l_discount)),
             sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)),
             avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*)
      FROM %s WHERE l_shipdate <= DATE '1998-12-01' - INTERVAL '90 days'
      GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus
      """;

  private static final String Q6 =
      """
      SELECT sum(l_extendedprice * l_discount) FROM %s
      WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
        AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24
      """;

  private static final String POINT =
      "SELECT * FROM %s WHERE l_orderkey = 1000 ORDER BY l_linenumber";

  @Mixin private ResultOptions options;

  @Option(names = "--sf", defaultValue = "1", description = "Scale factor (${DEFAULT-VALUE}).")
  private double scaleFactor;

  @Override
  public Integer call() throws Exception {
    Figures figures = new Figures(TABLE);
    boolean right = true;
    try (Connection connection = Database.fromEnvironment().connect()) {
      load(connection, figures);
      List<Pair> serial = List.of(pair("q1", Q1), pair("q6", Q6), pair("point", POINT));
      List<Pair> parallel = List.of(pair("q1_parallel", Q1), pair("q6_parallel", Q6));
      for (Pair pair : serial) {
        pair.warmUp(connection);
      }
      for (int round = 0; round < options.rounds; round++) {
        Database.execute(connection, "SET max_parallel_workers_per_gather = 0");
        for (Pair pair : serial) {
          right &= pair.measure(connection, figures, round % 2 == 0);
        }
        Database.execute(connection, "RESET max_parallel_workers_per_gather");
        for (Pair pair : parallel) {
          right &= pair.measure(connection, figures, round % 2 == 0);
        }
      }
    }
    options.report(figures);
    System.out.println(right ? "\nall answers equal" : "\nANSWERS DIFFER");
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private static Pair pair(String name, String query) {
    return new Pair(name, query, "public." + TABLE, "columnar." + TABLE);
  }

  private void load(Connection connection, Figures figures) throws Exception {
    String scale = String.valueOf(scaleFactor);
    boolean loaded =
        Mirror.exists(connection, "columnar." + TABLE)
            && scale.equals(
                Database.single(connection, "SELECT obj_description('public.lineitem'::regclass)"));
    if (!loaded) {
      Mirror.drop(connection, TABLE);
      Database.execute(connection, CREATE);
      copy(connection);
      Database.execute(
          connection,
          "VACUUM (FREEZE, ANALYZE) public.lineitem",
          "COMMENT ON TABLE public.lineitem IS '" + scale + "'");
      Stopwatch watch = new Stopwatch();
      Mirror.create(connection, TABLE);
      figures.add("mirror_s", "s", watch.elapsedMs() / 1000);
    }
    figures.fact("scale_factor", scale);
    figures.fact("rows", Database.single(connection, "SELECT count(*) FROM public.lineitem"));
    figures.fact(
        "heap_bytes", Database.single(connection, "SELECT pg_relation_size('public.lineitem')"));
    figures.fact("server", Database.single(connection, "SHOW server_version"));
    figures.fact(
        "default_workers", Database.single(connection, "SHOW max_parallel_workers_per_gather"));
    figures.fact("timing", "JDBC client, whole statement");
  }

  /** Generates the rows and sends them in one COPY. */
  private void copy(Connection connection) throws Exception {
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
