package io.datrang.storage.parquet;

/**
 * Field ids in Parquet and Iceberg. A column's is {@code Column.fieldId} (at most 1,600); what is
 * inside a column gets ids above all of those that depend on nothing else, so that a later column
 * never collides with them.
 */
public final class FieldIds {
  private static final int NESTED = 10_000;
  private static final int NESTED_PER_COLUMN = 8;

  private FieldIds() {}

  /** Id of the {@code position}-th field inside a column, counted depth first from 0. */
  public static int nested(int columnFieldId, int position) {
    return NESTED + columnFieldId * NESTED_PER_COLUMN + position;
  }
}
