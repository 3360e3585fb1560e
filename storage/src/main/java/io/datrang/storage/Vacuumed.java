package io.datrang.storage;

/**
 * What a vacuum has made of a table.
 *
 * @param filesBefore files there were
 * @param filesAfter files there are now
 * @param bytesBefore size of those
 * @param bytesAfter size of these
 * @param rowsRemoved deleted rows that took space in files
 */
public record Vacuumed(
    long filesBefore, long filesAfter, long bytesBefore, long bytesAfter, long rowsRemoved) {}
