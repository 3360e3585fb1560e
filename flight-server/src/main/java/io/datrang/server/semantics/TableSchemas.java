package io.datrang.server.semantics;

import io.datrang.types.TableSchema;

/** Where a translation finds the tables of a request. */
public interface TableSchemas {
  /** The table's schema; throws when it cannot be read. */
  TableSchema schema(long tableId);
}
