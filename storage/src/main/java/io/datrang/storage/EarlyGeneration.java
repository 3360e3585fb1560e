package io.datrang.storage;

import io.datrang.types.TableSchema;
import org.apache.arrow.vector.VectorSchemaRoot;

/** A generation of the delta that belongs to no table yet; see {@link EarlyRows}. */
final class EarlyGeneration implements EarlyRows {
  private final LiveTables tables;
  private DeltaGeneration generation;

  EarlyGeneration(LiveTables tables, DeltaGeneration generation) {
    this.tables = tables;
    this.generation = generation;
  }

  @Override
  public void add(VectorSchemaRoot rows) {
    try (rows) {
      tables.addEarly(generation, rows);
    }
  }

  TableSchema schema() {
    return generation.schema();
  }

  /** Gives the rows away. */
  DeltaGeneration take() {
    DeltaGeneration taken = generation;
    generation = null;
    return taken;
  }

  @Override
  public void close() {
    if (generation != null) {
      tables.drop(take());
    }
  }
}
