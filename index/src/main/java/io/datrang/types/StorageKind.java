package io.datrang.types;

/**
 * How a PostgreSQL value is kept. Each kind has exactly one form in the engine, in Arrow, in
 * Parquet and in Iceberg (see {@code storage/}'s {@code TypeMapping}); a value either fits its kind
 * exactly or is an error.
 */
public enum StorageKind {
  BOOL,
  INT2,
  INT4,
  INT8,
  FLOAT4,
  FLOAT8,
  /** numeric(p,s) with 1 ≤ p ≤ 38 and 0 ≤ s ≤ p. NaN does not fit. */
  DECIMAL,
  /**
   * Exact text: text, varchar, json, jsonb (as printed by the type), enum labels, unconstrained or
   * wide numeric, and columns the user asked to keep as text.
   */
  TEXT,
  /** char(n), kept without trailing blanks; readers pad to n again. */
  BPCHAR,
  BYTEA,
  /** Days since 1970-01-01; ±infinity as the engine has it. */
  DATE,
  /** Microseconds since midnight, 0 to 86,400,000,000 inclusive. */
  TIME,
  /** Microseconds since 1970-01-01; ±infinity as the engine has it. */
  TIMESTAMP,
  TIMESTAMPTZ,
  /** Struct of months (int4), days (int4), micros (int8), not normalised. */
  INTERVAL,
  UUID,
  /** One-dimensional array with lower bound 1 of any other kind. */
  ARRAY
}
