package io.datrang.bench.tpch;

import io.datrang.bench.Database;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** TPC-H's tables in a schema of their own: heap tables, their data and their mirrors. */
public final class TpchTables {
  private static final int COPY_BYTES = 1 << 16;

  private static final List<TpchTable<?>> TABLES =
      List.of(
          TpchTable.REGION,
          TpchTable.NATION,
          TpchTable.SUPPLIER,
          TpchTable.PART,
          TpchTable.PART_SUPPLIER,
          TpchTable.CUSTOMER,
          TpchTable.ORDERS,
          TpchTable.LINE_ITEM);

  private static final Set<TpchTable<?>> SMALL = Set.of(TpchTable.REGION, TpchTable.NATION);

  private final Connection connection;
  private final String heap;
  private final String columnar;

  /**
   * Names the tables' schemas; nothing is done yet.
   *
   * @param heap schema of the heap tables
   * @param columnar schema of their mirrors
   */
  public TpchTables(Connection connection, String heap, String columnar) {
    this.connection = connection;
    this.heap = heap;
    this.columnar = columnar;
  }

  /** The tables' names, each after those it refers to. */
  public static List<String> names() {
    return TABLES.stream().map(TpchTables::name).toList();
  }

  private static String name(TpchTable<?> table) {
    return table == TpchTable.PART_SUPPLIER ? "partsupp" : table.getTableName();
  }

  /** What was loaded: the scale factor, or null when there is nothing of ours. */
  public String loaded() throws SQLException {
    return Database.single(
        connection,
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = '%s'"
            .formatted(heap));
  }

  /**
   * Makes, fills and mirrors all tables, in place of what was there.
   *
   * @param progress told what is being done
   */
  public void load(double scaleFactor, Consumer<String> progress) throws SQLException, IOException {
    drop();
    Database.execute(
        connection,
        "CREATE SCHEMA " + heap,
        "CREATE SCHEMA " + columnar,
        "SET search_path = " + heap);
    Database.execute(connection, TpchQueries.resource("schema.sql"));
    for (TpchTable<?> table : TABLES) {
      progress.accept("loading " + name(table));
      copy(table, scaleFactor);
    }
    progress.accept("indexes");
    Database.execute(connection, TpchQueries.resource("indexes.sql"));
    for (String name : names()) {
      Database.execute(connection, "VACUUM (FREEZE, ANALYZE) " + name);
    }
    Database.execute(connection, "RESET search_path");
    for (String name : names()) {
      progress.accept("mirroring " + name);
      Database.execute(
          connection, "SELECT datrang.mirror('%s.%s', '%s.%2$s')".formatted(heap, name, columnar));
    }
    for (String name : names()) {
      Database.execute(
          connection, "SELECT datrang.wait_ready('%s.%s', '10min')".formatted(columnar, name));
    }
    Database.execute(
        connection, "COMMENT ON SCHEMA %s IS '%s'".formatted(heap, Double.toString(scaleFactor)));
  }

  /** Drops everything that {@link #load} makes, as far as it is there. */
  public void drop() throws SQLException {
    for (String name : names()) {
      String mirror = columnar + "." + name;
      if (Database.single(connection, "SELECT to_regclass('" + mirror + "')") != null) {
        Database.execute(connection, "SELECT datrang.unmirror('" + mirror + "')");
      }
    }
    Database.execute(
        connection,
        "SET client_min_messages = warning",
        "DROP SCHEMA IF EXISTS %s CASCADE".formatted(heap),
        "DROP SCHEMA IF EXISTS %s CASCADE".formatted(columnar),
        "RESET client_min_messages");
  }

  private void copy(TpchTable<?> table, double scaleFactor) throws SQLException, IOException {
    // Dimensions of fixed size know one scale factor.
    double scale = SMALL.contains(table) ? 1 : scaleFactor;
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY %s.%s FROM STDIN (DELIMITER '|')".formatted(heap, name(table)));
    StringBuilder buffer = new StringBuilder(COPY_BYTES * 2);
    for (TpchEntity row : table.createGenerator(scale, 1, 1)) {
      String line = row.toLine();
      int end = line.endsWith("|") ? line.length() - 1 : line.length();
      buffer.append(line, 0, end).append('\n');
      if (buffer.length() >= COPY_BYTES) {
        send(copy, buffer);
      }
    }
    send(copy, buffer);
    copy.endCopy();
  }

  private static void send(CopyIn copy, StringBuilder buffer) throws SQLException {
    byte[] bytes = buffer.toString().getBytes(StandardCharsets.UTF_8);
    copy.writeToCopy(bytes, 0, bytes.length);
    buffer.setLength(0);
  }
}
