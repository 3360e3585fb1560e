package io.datrang.types;

/**
 * The hidden column of a partitioned table's mirror: which partition a row is in, as the system
 * column of that name says in PostgreSQL. By it the rows of a partition that goes are found.
 */
public final class TableOid {
  /** Beyond every attribute number. */
  public static final int FIELD_ID = 1_000_001;

  public static final String COLUMN = "tableoid";

  private TableOid() {}

  public static boolean is(Column column) {
    return column.fieldId() == FIELD_ID;
  }

  /** Whether the table is the mirror of a partitioned one. */
  public static boolean isIn(TableSchema table) {
    return table.columns().stream().anyMatch(TableOid::is);
  }
}
