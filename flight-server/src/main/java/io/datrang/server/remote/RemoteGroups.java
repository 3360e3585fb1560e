package io.datrang.server.remote;

import io.datrang.types.Column;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/** The groups a cluster has computed, as texts in a temporary table of one engine connection. */
public final class RemoteGroups implements AutoCloseable {
  private static final String TABLE = "remote_groups";

  private final RemoteSelect select;
  private final DuckDBAppender appender;

  /** Makes the table; it goes with the connection. */
  public RemoteGroups(DuckDBConnection connection, RemoteSelect select) throws SQLException {
    this.select = select;
    String columns =
        select.names().stream().map(name -> name + " VARCHAR").collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TEMP TABLE " + TABLE + " (" + columns + ")");
    }
    appender = connection.createAppender("temp", "main", TABLE);
  }

  /** Takes a group. */
  void add(List<String> values) throws SQLException {
    appender.beginRow();
    for (String value : values) {
      if (value == null) {
        appender.appendNull();
      } else {
        appender.append(value);
      }
    }
    appender.endRow();
  }

  /** All groups are there. */
  @Override
  public void close() throws SQLException {
    try (appender) {
      appender.flush(); // closing does it as well, and does not say when it fails
    }
  }

  /** Engine SQL of these of the groups' columns. */
  public String relation(List<String> columns) {
    if (columns.isEmpty()) {
      return "(SELECT NULL FROM temp.main." + TABLE + ")";
    }
    List<String> values = new ArrayList<>();
    for (String name : columns) {
      Column column = select.groups().column(name).orElseThrow();
      values.add(value(column) + " AS " + name);
    }
    return "(SELECT " + String.join(", ", values) + " FROM temp.main." + TABLE + ")";
  }

  private static String value(Column column) {
    String text = column.name();
    return switch (column.type().kind()) {
      case BOOL -> "CAST(" + text + " AS BOOLEAN)";
      case INT2 -> "CAST(" + text + " AS SMALLINT)";
      case INT4 -> "CAST(" + text + " AS INTEGER)";
      case INT8 -> "CAST(" + text + " AS BIGINT)";
      case DECIMAL ->
          "CAST(%s AS DECIMAL(%d,%d))"
              .formatted(text, column.type().precision(), column.type().scale());
      case DATE ->
          ("CASE %1$s WHEN '2147483647' THEN CAST('infinity' AS DATE) WHEN '-2147483647'"
                  + " THEN CAST('-infinity' AS DATE)"
                  + " ELSE DATE '1970-01-01' + CAST(%1$s AS INTEGER) END")
              .formatted(text);
      default -> text;
    };
  }

  /** How many columns a group has. */
  int width() {
    return select.names().size();
  }
}
