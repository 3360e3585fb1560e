package io.datrang.storage;

/**
 * What the hot cache holds and what it was good for since the storage was opened.
 *
 * @param bytes about what it takes of the engine's memory
 * @param bytesMax what it may take; 0 when there is none
 * @param tables tables it has columns of
 * @param files files it has columns of
 * @param hits files that were read from it
 * @param misses files that were read as they are on disk
 * @param fills how often it took columns in
 * @param evictions how often it let a table's columns go for others
 */
public record CacheFigures(
    long bytes,
    long bytesMax,
    int tables,
    int files,
    long hits,
    long misses,
    long fills,
    long evictions) {
  /** Of a storage that has none. */
  public static final CacheFigures NONE = new CacheFigures(0, 0, 0, 0, 0, 0, 0, 0);
}
