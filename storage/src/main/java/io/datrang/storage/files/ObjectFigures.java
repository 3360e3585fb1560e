package io.datrang.storage.files;

/**
 * What was asked of an object store since the files were opened, and what its cache was good for.
 *
 * @param requests that were tried, each part of a large file one
 * @param retries of them, those after a failure
 * @param sentBytes of files
 * @param fetchedBytes of files
 * @param cacheBytes on the local disk
 * @param cacheBytesMax what they should take at most; 0 when there is no object store
 * @param hits files that were on the local disk when they were needed
 * @param misses files that had to be fetched, or to be verified
 * @param evictions files that were removed from the local disk to make room
 */
public record ObjectFigures(
    long requests,
    long retries,
    long sentBytes,
    long fetchedBytes,
    long cacheBytes,
    long cacheBytesMax,
    long hits,
    long misses,
    long evictions) {
  /** Of files on the local disk. */
  public static final ObjectFigures NONE = new ObjectFigures(0, 0, 0, 0, 0, 0, 0, 0, 0);
}
