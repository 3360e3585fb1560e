package io.datrang.storage;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.duckdb.DuckDBConnection;

/**
 * The engine's form of a table's deletion vectors: {@code p<table> (_seq, file, pos)}, where {@code
 * file} is a {@link DataFile#key}. A position counts for layouts whose floor is at least its {@code
 * _seq}.
 */
final class DeletedPositions {
  private DeletedPositions() {}

  static String table(long tableId) {
    return EngineDatabase.SCHEMA + ".p" + tableId;
  }

  static String definition(long tableId) {
    return "CREATE TABLE IF NOT EXISTS "
        + table(tableId)
        + "(_seq BIGINT, file BIGINT, pos BIGINT)";
  }

  /** Adds a deletion vector that was read from its file; it counts for every layout. */
  static void load(
      DuckDBConnection connection,
      BufferAllocator allocator,
      long tableId,
      long fileKey,
      PositionDeleteIndex positions)
      throws SQLException {
    Field field = Field.nullable("pos", new ArrowType.Int(Long.SIZE, true));
    try (VectorSchemaRoot batch = VectorSchemaRoot.create(new Schema(List.of(field)), allocator)) {
      BigIntVector vector = (BigIntVector) batch.getVector(0);
      vector.allocateNew(Math.toIntExact(positions.cardinality()));
      int[] row = {0};
      positions.forEach(position -> vector.set(row[0]++, position));
      batch.setRowCount(row[0]);
      ArrowImport.run(
          connection,
          allocator,
          batch,
          "INSERT INTO "
              + table(tableId)
              + " SELECT 0, "
              + fileKey
              + ", "
              + ArrowImport.column(0)
              + " FROM "
              + ArrowImport.RELATION);
    }
  }

  /** Removes the positions of files nobody reads any more. */
  static String forget(long tableId, List<Long> keys) {
    return "DELETE FROM "
        + table(tableId)
        + " WHERE file IN ("
        + keys.stream().map(Object::toString).collect(Collectors.joining(", "))
        + ")";
  }

  /** Yields (index of the file in {@code files}, position). */
  static String select(long tableId, List<DataFile> files, long floor) {
    String indexes =
        IntStream.range(0, files.size())
            .mapToObj(i -> "(" + i + "::BIGINT, " + files.get(i).key() + "::BIGINT)")
            .collect(Collectors.joining(", "));
    return "SELECT f.i, p.pos FROM "
        + table(tableId)
        + " p JOIN (VALUES "
        + indexes
        + ") f(i, id) ON f.id = p.file WHERE p._seq <= "
        + floor;
  }

  /** Yields (file, position). */
  static String ofFiles(long tableId, List<DataFile> files, long floor) {
    return "SELECT p.file, p.pos FROM "
        + table(tableId)
        + " p WHERE p._seq <= "
        + floor
        + " AND "
        + CachedFiles.ofFiles("p.file", files);
  }
}
