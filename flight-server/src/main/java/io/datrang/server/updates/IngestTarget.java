package io.datrang.server.updates;

/**
 * Where rows go.
 *
 * @param schema or null for the first that has the table
 * @param createsMissing whether a native columnar table is made when there is none of that name
 * @param existing what to do with a table that is there
 */
public record IngestTarget(String schema, String table, boolean createsMissing, Existing existing) {
  /** What to do with a table that is there. */
  public enum Existing {
    APPEND,
    REPLACE,
    REFUSE
  }

  /** The same table in a schema. */
  IngestTarget in(String other) {
    return new IngestTarget(other, table, createsMissing, existing);
  }

  String name() {
    return (schema == null ? "" : RoleConnections.quoted(schema) + ".")
        + RoleConnections.quoted(table);
  }
}
