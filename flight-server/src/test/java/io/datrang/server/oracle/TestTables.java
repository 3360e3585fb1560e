package io.datrang.server.oracle;

import io.datrang.storage.TypeMapping;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Creates one table in PostgreSQL and in the engine, with the same rows. */
final class TestTables {
  private static final Pattern INTERVAL = Pattern.compile("(-?\\d+) mon (-?\\d+) day (-?\\d+) us");

  private TestTables() {}

  /**
   * Creates a table.
   *
   * @param columns name and type, for example {@code n numeric(15,2)}; the first is the key
   * @param rows values as texts, null for NULL
   */
  static void create(Oracle oracle, int id, String name, List<String> columns, List<String[]> rows)
      throws SQLException {
    List<Column> schema = new ArrayList<>();
    for (String column : columns) {
      String type = column.substring(column.indexOf(' ') + 1);
      String columnName = column.substring(0, column.indexOf(' '));
      schema.add(new Column(schema.size() + 1, columnName, type(type), false));
    }
    oracle.storage.create(new TableSchema(id, "columnar", name, schema, List.of(1)));
    oracle.run(
        "CREATE TABLE "
            + name
            + " ("
            + String.join(", ", columns.stream().map(TestTables::inC).toList())
            + ")");
    for (int from = 0; from < rows.size(); from += 500) {
      List<String> postgres = new ArrayList<>();
      List<String> engine = new ArrayList<>();
      for (String[] row : rows.subList(from, Math.min(rows.size(), from + 500))) {
        List<String> there = new ArrayList<>();
        List<String> here = new ArrayList<>();
        for (int i = 0; i < row.length; i++) {
          String literal = row[i] == null ? "NULL" : "'" + row[i].replace("'", "''") + "'";
          there.add(literal);
          here.add(row[i] == null ? "NULL" : engine(row[i], schema.get(i).type()));
        }
        postgres.add("(" + String.join(", ", there) + ")");
        engine.add("(" + String.join(", ", here) + ")");
      }
      oracle.run("INSERT INTO " + name + " VALUES " + String.join(", ", postgres));
      oracle.storage.execute("INSERT INTO delta.t" + id + " VALUES " + String.join(", ", engine));
    }
    oracle.run("ANALYZE " + name);
  }

  private static String inC(String column) {
    boolean text =
        column.endsWith(" text") || column.endsWith(" varchar") || column.contains(" bpchar");
    return text ? column + " COLLATE \"C\"" : column;
  }

  private static String engine(String value, ColumnType type) {
    String text = value;
    if (type.kind() == StorageKind.INTERVAL) {
      Matcher m = INTERVAL.matcher(value);
      if (!m.matches()) {
        throw new IllegalArgumentException(value);
      }
      return "{'months': "
          + m.group(1)
          + ", 'days': "
          + m.group(2)
          + ", 'micros': "
          + m.group(3)
          + "}";
    }
    if (type.kind() == StorageKind.ARRAY) {
      text = value.replace('{', '[').replace('}', ']');
    } else if (type.kind() == StorageKind.BYTEA) {
      text = value.substring(2).replaceAll("(..)", "\\\\x$1");
    } else if (type.name().startsWith("numeric")
        && type.kind() == StorageKind.TEXT
        && Character.isDigit(value.charAt(value.length() - 1))) {
      text = numericText(new BigDecimal(value), type.name());
    } else if (value.endsWith(" BC")) {
      text = value.substring(0, value.length() - 3).replaceFirst("^(\\S+)", "$1 (BC)");
    } else if (type.kind() == StorageKind.BPCHAR) {
      text = value.replaceAll(" +$", "");
    }
    return "CAST('" + text.replace("'", "''") + "' AS " + TypeMapping.engine(type) + ")";
  }

  /** With the digits of a declared scale, which the longest numerics have too. */
  private static String numericText(BigDecimal value, String type) {
    int comma = type.indexOf(',');
    return comma < 0
        ? value.toPlainString()
        : value
            .setScale(Integer.parseInt(type.substring(comma + 1, type.length() - 1)))
            .toPlainString();
  }

  static ColumnType type(String name) {
    return switch (name) {
      case "bool" -> ColumnType.of("boolean", 16, -1, StorageKind.BOOL);
      case "int2" -> ColumnType.of("smallint", 21, -1, StorageKind.INT2);
      case "int4" -> ColumnType.of("integer", 23, -1, StorageKind.INT4);
      case "int8" -> ColumnType.of("bigint", 20, -1, StorageKind.INT8);
      case "float4" -> ColumnType.of("real", 700, -1, StorageKind.FLOAT4);
      case "float8" -> ColumnType.of("double precision", 701, -1, StorageKind.FLOAT8);
      case "numeric" -> ColumnType.of("numeric", 1700, -1, StorageKind.TEXT);
      case "text" -> ColumnType.of("text", 25, -1, StorageKind.TEXT);
      case "varchar" -> ColumnType.of("character varying", 1043, -1, StorageKind.TEXT);
      case "bytea" -> ColumnType.of("bytea", 17, -1, StorageKind.BYTEA);
      case "date" -> ColumnType.of("date", 1082, -1, StorageKind.DATE);
      case "time" -> ColumnType.of("time without time zone", 1083, -1, StorageKind.TIME);
      case "timestamp" ->
          ColumnType.of("timestamp without time zone", 1114, -1, StorageKind.TIMESTAMP);
      case "timestamptz" ->
          ColumnType.of("timestamp with time zone", 1184, -1, StorageKind.TIMESTAMPTZ);
      case "interval" -> ColumnType.of("interval", 1186, -1, StorageKind.INTERVAL);
      case "json" -> ColumnType.of("json", 114, -1, StorageKind.TEXT);
      case "jsonb" -> ColumnType.of("jsonb", 3802, -1, StorageKind.TEXT);
      case "int4[]" -> ColumnType.array("integer[]", 1007, -1, type("int4"));
      // Only ever a constant: the column is there to hold its text.
      case "text[]" -> ColumnType.of("text", 25, -1, StorageKind.TEXT);
      case "uuid" -> ColumnType.of("uuid", 2950, -1, StorageKind.UUID);
      default -> modified(name);
    };
  }

  private static ColumnType modified(String name) {
    String[] modifiers = name.substring(name.indexOf('(') + 1, name.indexOf(')')).split(",");
    int first = Integer.parseInt(modifiers[0]);
    if (name.startsWith("numeric")) {
      int scale = Integer.parseInt(modifiers[1]);
      if (first > 38) {
        return ColumnType.of(name, 1700, ((first << 16) | scale) + 4, StorageKind.TEXT);
      }
      return ColumnType.decimal(name, 1700, 0, first, scale);
    }
    return ColumnType.of("character(" + first + ")", 1042, first + 4, StorageKind.BPCHAR);
  }
}
