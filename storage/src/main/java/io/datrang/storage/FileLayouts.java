package io.datrang.storage;

import io.datrang.storage.parquet.ColumnEncoding;
import io.datrang.storage.parquet.FileForm;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How tables' files are written: by the columns chosen with {@code datrang.cluster_by}, then the
 * key, and as {@code datrang.file_options} says. Any thread.
 */
final class FileLayouts {
  private record Chosen(List<Integer> clusterBy, FileForm form) {
    static final Chosen NOTHING = new Chosen(List.of(), FileForm.DEFAULT);
  }

  private volatile Map<Long, Chosen> chosen = Map.of();

  /** Learns what users have chosen since. */
  void learn(Catalog catalog) {
    Map<Long, Chosen> now = new HashMap<>();
    catalog.transaction(
        "read how files are written",
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT table_id, cluster_by, (file_options->>'level')::int,"
                          + " (file_options->>'rows')::int, ARRAY(SELECT f::int FROM"
                          + " jsonb_array_elements_text(file_options->'bloom') f), text_fields,"
                          + " ARRAY(SELECT e.key::int FROM jsonb_each_text(encodings) e ORDER BY e.key),"
                          + " ARRAY(SELECT e.value FROM jsonb_each_text(encodings) e ORDER BY e.key)"
                          + " FROM datrang.tables"
                          + " WHERE cluster_by IS NOT NULL OR file_options IS NOT NULL"
                          + " OR text_fields IS NOT NULL OR encodings IS NOT NULL")) {
            while (row.next()) {
              now.put(
                  row.getLong(1),
                  new Chosen(
                      fields(row.getArray(2)),
                      form(row).with(Set.copyOf(fields(row.getArray(6))), encodings(row))));
            }
          }
        });
    chosen = Map.copyOf(now);
  }

  private static FileForm form(ResultSet row) throws SQLException {
    int level = row.getInt(3);
    return row.wasNull()
        ? FileForm.DEFAULT
        : new FileForm(
            level, row.getInt(4), Set.copyOf(fields(row.getArray(5))), Set.of(), Map.of());
  }

  private static Map<Integer, ColumnEncoding> encodings(ResultSet row) throws SQLException {
    List<Integer> fields = fields(row.getArray(7));
    String[] names = (String[]) row.getArray(8).getArray();
    Map<Integer, ColumnEncoding> encodings = new HashMap<>();
    for (int i = 0; i < names.length; i++) {
      ColumnEncoding encoding = ColumnEncoding.named(names[i]);
      if (encoding != null) {
        encodings.put(fields.get(i), encoding);
      }
    }
    return encodings;
  }

  private static List<Integer> fields(Array array) throws SQLException {
    return array == null ? List.of() : List.of((Integer[]) array.getArray());
  }

  FileLayout of(TableSchema schema) {
    Chosen its = chosen.getOrDefault(schema.tableId(), Chosen.NOTHING);
    List<Column> columns = new ArrayList<>();
    for (int field : its.clusterBy()) {
      Optional<Column> column = schema.column(field);
      column.ifPresent(columns::add);
    }
    for (Column key : schema.keyColumns()) {
      if (!columns.contains(key)) {
        columns.add(key);
      }
    }
    return new FileLayout(columns, its.form());
  }
}
