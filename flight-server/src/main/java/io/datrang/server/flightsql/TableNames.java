package io.datrang.server.flightsql;

import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Finds the table a client's statement names. An exact name wins; without one, a name that differs
 * in case alone. Names without schema are searched in {@code columnar}, then in {@code public}.
 */
final class TableNames {
  /** The name of the only catalog there is. */
  static final String CATALOG = "datrang";

  private static final List<String> SEARCH_PATH = List.of("columnar", "public");

  private final Snapshot snapshot;
  private final List<String> searchPath;

  /**
   * @param schema to be searched before the others, or null
   */
  TableNames(Snapshot snapshot, String schema) {
    this.snapshot = snapshot;
    List<String> path = new ArrayList<>(SEARCH_PATH);
    if (schema != null) {
      path.add(0, schema);
    }
    this.searchPath = List.copyOf(path);
  }

  /**
   * The table.
   *
   * @param catalog may be empty
   * @param schema may be empty
   */
  Optional<TableSnapshot> find(String catalog, String schema, String table) {
    if (!isCatalog(catalog)) {
      return Optional.empty();
    }
    if (!schema.isEmpty()) {
      return find(schema, table);
    }
    return searchPath.stream().flatMap(s -> find(s, table).stream()).findFirst();
  }

  static boolean isCatalog(String name) {
    return name.isEmpty() || name.equalsIgnoreCase(CATALOG);
  }

  /** Schemas that are searched for a name without one. */
  List<String> searchPath() {
    return searchPath;
  }

  private Optional<TableSnapshot> find(String schema, String table) {
    Optional<TableSnapshot> exact = snapshot.table(schema, table);
    return exact.isPresent()
        ? exact
        : snapshot.tables().stream()
            .filter(t -> matches(t.schema(), schema, table))
            .min(Comparator.comparing(t -> t.schema().schemaName() + "." + t.schema().tableName()));
  }

  private static boolean matches(TableSchema candidate, String schema, String table) {
    return candidate.schemaName().equalsIgnoreCase(schema)
        && candidate.tableName().equalsIgnoreCase(table);
  }
}
