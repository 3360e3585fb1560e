package io.datrang.storage;

import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.types.Column;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Some columns of some of a table's files as one engine table, {@code c<field>…, _file, _pos}: the
 * values a reader of the files gets, the {@link DataFile#key} and the position in it. Rows that had
 * been deleted when this was made are not here: with a mark to look at, a sum took three times as
 * long. Neither files nor this ever change, so whoever has a snapshot in which at least these rows
 * of such a file are deleted may read its rows here.
 *
 * <p>It is compressed by the engine once it is there: it takes a fourth of the memory then, and
 * groups of repeated texts are found by their numbers in a dictionary (TPC-H's Q1: 60 ms instead of
 * 164, and 279 from files).
 *
 * <p>The fields that change are guarded by {@link HotCache}.
 */
final class CachedFiles {
  /** The engine's databases for these tables are called so, with a number. */
  private static final String DATABASE = "hot";

  private final String database;
  private final long tableId;
  private final Set<Column> columns;
  private final Map<Long, Optional<DeletionVectorFile.Blob>> vectors;
  private long bytes;
  int readers;
  long usedAt;

  /**
   * @param number no other has
   * @param bytes about what it takes
   */
  CachedFiles(long number, CachePlan plan, long bytes) {
    this.database = DATABASE + number;
    this.tableId = plan.tableId();
    this.columns = Set.copyOf(plan.columns());
    this.vectors =
        plan.files().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    DataFile::key, file -> Optional.ofNullable(file.vector())));
    this.bytes = bytes;
  }

  long tableId() {
    return tableId;
  }

  long bytes() {
    return bytes;
  }

  /** Before anybody knows it. */
  void resize(long now) {
    bytes = now;
  }

  Set<Column> columns() {
    return columns;
  }

  /** Whether all rows of the file that are not deleted are here. */
  boolean has(DataFile file) {
    Optional<DeletionVectorFile.Blob> then = vectors.get(file.key());
    return then != null && cardinality(then) <= cardinality(Optional.ofNullable(file.vector()));
  }

  private static long cardinality(Optional<DeletionVectorFile.Blob> vector) {
    return vector.map(DeletionVectorFile.Blob::cardinality).orElse(0L);
  }

  /** Whether none of the file's rows that are here has been deleted since. */
  boolean knowsDeleted(DataFile file) {
    return vectors.get(file.key()).equals(Optional.ofNullable(file.vector()));
  }

  int files() {
    return vectors.size();
  }

  /** The engine's table. */
  String name() {
    return database + ".c";
  }

  /**
   * The statement that makes the table's database. Each has its own: the engine compresses a
   * database as a whole, and when it cannot for want of memory, nothing of it is readable any more.
   */
  String attachment() {
    return "ATTACH ':memory:' AS " + database + " (COMPRESS)";
  }

  /** The statement that compresses the table. */
  String compression() {
    return "CHECKPOINT " + database;
  }

  /** The statement that removes the table with its database. */
  String removal() {
    return "DETACH DATABASE IF EXISTS " + database;
  }

  /** The statement that makes the table; rows stay in the files' order. */
  String creation(CachePlan plan) {
    List<Column> columns = List.copyOf(plan.columns());
    String keys =
        plan.files().stream()
            .map(f -> Long.toString(f.key()))
            .collect(Collectors.joining(", ", "[", "]"));
    return "CREATE TABLE "
        + name()
        + " AS SELECT "
        + DeltaGeneration.columns(columns)
        + ", CAST(list_extract("
        + keys
        + ", file_index::BIGINT + 1) AS BIGINT) AS _file, file_row_number::BIGINT AS _pos FROM "
        + RelationSql.readFiles(plan.view().schema(), columns, plan.files())
        + notDeleted(plan);
  }

  private static String notDeleted(CachePlan plan) {
    return plan.files().stream().allMatch(file -> file.vector() == null)
        ? ""
        : " WHERE (file_index::BIGINT, file_row_number) NOT IN ("
            + DeletedPositions.select(plan.tableId(), plan.files(), plan.view().floor())
            + ")";
  }

  /** A condition that leaves the rows of these files. */
  static String ofFiles(String column, List<DataFile> files) {
    return files.stream()
        .map(f -> Long.toString(f.key()))
        .collect(Collectors.joining(", ", column + " IN (", ")"));
  }
}
