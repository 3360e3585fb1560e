package io.datrang.storage;

import io.datrang.types.Lsn;

/**
 * Where a table ended while it was readable: it can be read as of there, and takes no changes.
 *
 * @param lsn it holds everything up to here
 * @param sequence number of the last batch that counts
 */
record FreezePoint(Lsn lsn, long sequence) {}
