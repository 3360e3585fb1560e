package io.datrang.server.semantics;

import io.datrang.server.request.Relation;
import io.datrang.types.TableSchema;

/** Where a translation finds the tables of a request. */
public interface TableSchemas {
  /** The table's schema; throws when it cannot be read, or is not of the version it is named by. */
  TableSchema schema(Relation.Table table);
}
