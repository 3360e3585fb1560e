package io.datrang.types;

import java.util.Objects;

/**
 * A column of a mirrored table.
 *
 * @param fieldId identity of the column for its whole life; the source's attribute number. Parquet
 *     and Iceberg field ids are the same number.
 * @param name the current name
 * @param type its type
 * @param notNull whether the source forbids NULL
 * @param missing the value, as text, of rows that were written before there was the column; null
 *     for NULL. Only kinds have one whose text the engine reads as PostgreSQL writes it.
 */
public record Column(int fieldId, String name, ColumnType type, boolean notNull, String missing) {
  public Column {
    Objects.requireNonNull(name);
    Objects.requireNonNull(type);
  }

  /** A column that all rows have. */
  public Column(int fieldId, String name, ColumnType type, boolean notNull) {
    this(fieldId, name, type, notNull, null);
  }
}
