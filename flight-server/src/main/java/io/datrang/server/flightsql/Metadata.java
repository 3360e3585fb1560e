package io.datrang.server.flightsql;

import io.datrang.server.access.TableAccess;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What clients can list: one catalog, its schemas, tables and keys. Immutable. */
public final class Metadata {
  /** The name of the only catalog there is. */
  public static final String CATALOG = TableNames.CATALOG;

  /** The type every table has. */
  public static final String TABLE = "TABLE";

  private final List<VisibleTable> tables;

  /**
   * A table and those of its columns that may be read.
   *
   * @param columns in the table's order
   */
  public record VisibleTable(TableSchema schema, List<Column> columns) {}

  /** Metadata of those of the tables, and those of their columns, that may be read. */
  Metadata(List<TableSchema> all, Map<Long, TableAccess> access) {
    this.tables =
        all.stream()
            .filter(t -> access.containsKey(t.tableId()) && !access.get(t.tableId()).isRefused())
            .sorted(
                Comparator.comparing(TableSchema::schemaName).thenComparing(TableSchema::tableName))
            .map(t -> new VisibleTable(t, visible(t, access.get(t.tableId()))))
            .toList();
  }

  private static List<Column> visible(TableSchema table, TableAccess access) {
    return table.columns().stream().filter(c -> access.columns().contains(c.name())).toList();
  }

  /**
   * Names of schemas.
   *
   * @param catalog null for any
   * @param schemaPattern as LIKE has it; null for any
   */
  public List<String> schemas(String catalog, String schemaPattern) {
    return tables.stream()
        .map(t -> t.schema().schemaName())
        .distinct()
        .filter(name -> isOurs(catalog) && matches(name, schemaPattern))
        .toList();
  }

  /**
   * Tables by schema and name.
   *
   * @param types empty for any
   */
  public List<VisibleTable> tables(
      String catalog, String schemaPattern, String tablePattern, List<String> types) {
    if (!isOurs(catalog) || !(types.isEmpty() || types.contains(TABLE))) {
      return List.of();
    }
    return tables.stream()
        .filter(
            t ->
                matches(t.schema().schemaName(), schemaPattern)
                    && matches(t.schema().tableName(), tablePattern))
        .toList();
  }

  /** Readable key columns of the tables of exactly this name, in key order. */
  public List<KeyColumn> primaryKeys(String catalog, String schema, String table) {
    List<KeyColumn> keys = new ArrayList<>();
    for (VisibleTable visible : tables) {
      TableSchema candidate = visible.schema();
      if (isOurs(catalog)
          && (schema == null || schema.equals(candidate.schemaName()))
          && candidate.tableName().equals(table)) {
        List<Column> columns = candidate.keyColumns();
        for (int i = 0; i < columns.size(); i++) {
          if (visible.columns().contains(columns.get(i))) {
            keys.add(new KeyColumn(candidate, columns.get(i).name(), i + 1));
          }
        }
      }
    }
    return keys;
  }

  /**
   * A column of a key.
   *
   * @param position from 1
   */
  public record KeyColumn(TableSchema table, String name, int position) {}

  private static boolean isOurs(String catalog) {
    return catalog == null || catalog.isEmpty() || catalog.equals(CATALOG);
  }

  /** LIKE with the wildcards % and _ and the escape \. */
  static boolean matches(String name, String pattern) {
    if (pattern == null) {
      return true;
    }
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\' && i + 1 < pattern.length()) {
        regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
      } else {
        regex.append(c == '%' ? ".*" : c == '_' ? "." : Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(name).matches();
  }
}
