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
 */
public record Column(int fieldId, String name, ColumnType type, boolean notNull) {
  public Column {
    Objects.requireNonNull(name);
    Objects.requireNonNull(type);
  }
}
