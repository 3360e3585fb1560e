package io.datrang.bench;

import io.trino.tpch.LineItem;
import io.trino.tpch.LineItemGenerator;
import java.nio.charset.StandardCharsets;

/** TPC-H's table lineitem, made anew and always the same. */
final class Lineitem {
  static final String COLUMNS =
      """
      l_orderkey bigint NOT NULL, l_partkey bigint NOT NULL, l_suppkey bigint NOT NULL,
      l_linenumber int NOT NULL, l_quantity numeric(15,2) NOT NULL,
      l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL,
      l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL,
      l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL,
      l_receiptdate date NOT NULL, l_shipinstruct char(25) NOT NULL,
      l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL
      """;

  private static final int PART_BYTES = 1 << 16;
  private static final double ROWS_AT_SCALE_1 = 6_001_215;

  private Lineitem() {}

  /** Takes a part of the table's text. */
  interface Sink {
    void take(byte[] rows) throws Exception;
  }

  /** Writes all rows for {@code COPY ... (DELIMITER '|')}, in parts of whole rows. */
  static long write(double scaleFactor, String what, Sink sink) throws Exception {
    long rows = 0;
    StringBuilder part = new StringBuilder(PART_BYTES * 2);
    long total = Math.max(1, (long) (scaleFactor * ROWS_AT_SCALE_1));
    try (Progress progress = new Progress(what, total)) {
      for (LineItem item : new LineItemGenerator(scaleFactor, 1, 1)) {
        String line = item.toLine();
        int end = line.endsWith("|") ? line.length() - 1 : line.length();
        part.append(line, 0, end).append('\n');
        rows++;
        if (part.length() >= PART_BYTES) {
          send(part, sink);
          progress.at(rows);
        }
      }
      send(part, sink);
    }
    return rows;
  }

  private static void send(StringBuilder part, Sink sink) throws Exception {
    sink.take(part.toString().getBytes(StandardCharsets.UTF_8));
    part.setLength(0);
  }
}
