package io.datrang.storage;

import io.datrang.types.RowId;
import io.datrang.types.TableSchema;

/** Says how a table with damaged files becomes readable again. */
final class Repair {
  private Repair() {}

  /** The end of a sentence. */
  static String of(TableSchema table) {
    return RowId.isKeyOf(table)
        ? "; put the file back as it was and restart the sidecar, or empty the table with TRUNCATE"
        : "; copy it anew with datrang.resync()";
  }
}
