package io.datrang.types;

/**
 * The hidden column that tells the rows of a native table apart, and is its key. A number is used
 * once in a database, by one version of one row.
 */
public final class RowId {
  /** Beyond every attribute number. */
  public static final int FIELD_ID = 1_000_000;

  public static final String COLUMN = "_datrang_row";

  private RowId() {}

  /** Whether the table is a native one: written through PostgreSQL, without a source. */
  public static boolean isKeyOf(TableSchema table) {
    return table.key().size() == 1 && table.key().get(0) == FIELD_ID;
  }
}
