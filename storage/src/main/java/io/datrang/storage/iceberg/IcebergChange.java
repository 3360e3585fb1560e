package io.datrang.storage.iceberg;

import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What one commit changes of a table.
 *
 * @param directory the table's
 * @param before the table's files so far
 * @param after its files then; those that are not in {@code written} were there before
 * @param written what is known of the new files, by path
 * @param lsn position the table is at then
 */
public record IcebergChange(
    TableSchema table,
    Path directory,
    List<TableFile> before,
    List<TableFile> after,
    Map<Path, WrittenFile> written,
    Lsn lsn) {

  /**
   * A data file.
   *
   * @param vector its deletion vector, or null
   */
  public record TableFile(Path path, long rows, long bytes, DeletionVectorFile.Blob vector) {}

  boolean isEmpty() {
    return before.equals(after);
  }
}
