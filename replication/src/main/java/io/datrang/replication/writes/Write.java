package io.datrang.replication.writes;

import io.datrang.types.Lsn;

/**
 * One upload of a statement.
 *
 * @param transaction it belongs to
 * @param chunk number of the chunk in its session; a chunk is what one message will publish
 * @param tableId of the native table
 * @param version of the table's definition the rows were made with
 * @param truncate whether all rows from before this chunk go
 * @param offset rows the chunk has from uploads before
 * @param rows how many
 * @param block the rows without their ids, as {@link RowReader} reads them
 * @param deletes row ids
 * @param readAt position the deleted rows were read at or after; null when there are none
 * @param lockedAt position behind everything that may have deleted rows before; null like it
 * @param last whether this completes the chunk
 */
public record Write(
    WriteTransaction transaction,
    long chunk,
    long tableId,
    int version,
    boolean truncate,
    long offset,
    int rows,
    byte[] block,
    long[] deletes,
    Lsn readAt,
    Lsn lockedAt,
    boolean last) {}
