package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.List;

/**
 * One table as a snapshot sees it. Immutable.
 *
 * @param files live files, as of {@code floor}
 * @param floor sequence number up to which changes are in the files and their deletion vectors
 * @param parts the delta on top, oldest first
 * @param rows number of rows
 * @param readableFrom the backfill's consistent point: below it the table is ahead of its snapshot
 * @param unreadable why it cannot be read, or null
 * @param frozen where it ended, or null while it is followed
 */
record TableView(
    TableSchema schema,
    List<DataFile> files,
    long floor,
    List<DeltaGeneration.View> parts,
    long rows,
    Lsn readableFrom,
    String unreadable,
    FreezePoint frozen) {
  TableView {
    files = List.copyOf(files);
    parts = List.copyOf(parts);
  }

  /**
   * What is readable by those who know the table as {@code newer}: the columns that are here in the
   * same form. Only for a view whose delta is empty.
   */
  TableView as(TableSchema newer) {
    List<Column> common =
        newer.columns().stream()
            .filter(
                c -> schema.column(c.fieldId()).filter(o -> o.type().equals(c.type())).isPresent())
            .toList();
    if (newer.equals(schema) || common.isEmpty()) {
      return this;
    }
    TableSchema readable =
        new TableSchema(
            newer.tableId(),
            newer.schemaName(),
            newer.tableName(),
            common,
            List.of(common.get(0).fieldId()), // nothing is looked up by key here
            newer.version());
    return new TableView(readable, files, floor, parts, rows, readableFrom, unreadable, frozen);
  }

  /** The same without the rows of the delta; keys it has deleted stay so. */
  TableView filesAlone() {
    return new TableView(
        schema,
        files,
        floor,
        parts.stream().map(DeltaGeneration.View::keysAlone).toList(),
        rows,
        readableFrom,
        unreadable,
        frozen);
  }

  /** The sequence number to read the table at in a snapshot of this number. */
  long visible(long sequence) {
    return frozen == null ? sequence : Math.min(sequence, frozen.sequence());
  }

  long deltaRows() {
    return parts.stream().mapToLong(DeltaGeneration.View::rows).sum();
  }

  long deltaKeys() {
    return parts.stream().mapToLong(DeltaGeneration.View::keys).sum();
  }
}
