package io.datrang.index;

/**
 * What one column holds in one row group.
 *
 * <p>Bounds are Iceberg single values: little-endian int (int2, int4, date) and long (int8, time,
 * timestamps), IEEE float and double, big-endian two's complement for decimals, UTF-8 or raw bytes,
 * 16 bytes for UUIDs, one byte for booleans. NaN is never a bound: floats that are NaN are only
 * counted.
 *
 * @param lower no value is below it; null when unknown or when there is no value
 * @param upper no value is above it; null when unknown or when there is no value
 * @param lowerExact whether {@code lower} is a value that occurs (false: it may be truncated)
 * @param upperExact whether {@code upper} is a value that occurs
 * @param nullCount number of NULLs, −1 when unknown
 * @param nanCount number of NaNs; 0 for kinds that have none, −1 when unknown
 * @param bloomOffset where the chunk's bloom filter starts in the file, −1 when there is none
 * @param bloomBytes its length
 * @param texts a {@link TextFilter} of its values, or null
 * @param distinct about how many different values it has, −1 when unknown
 */
public record ChunkIndex(
    byte[] lower,
    byte[] upper,
    boolean lowerExact,
    boolean upperExact,
    long nullCount,
    long nanCount,
    long bloomOffset,
    int bloomBytes,
    byte[] texts,
    long distinct) {

  /** Of a column without a text filter. */
  public ChunkIndex(
      byte[] lower,
      byte[] upper,
      boolean lowerExact,
      boolean upperExact,
      long nullCount,
      long nanCount,
      long bloomOffset,
      int bloomBytes) {
    this(
        lower,
        upper,
        lowerExact,
        upperExact,
        nullCount,
        nanCount,
        bloomOffset,
        bloomBytes,
        null,
        -1);
  }

  /** The same with a text filter. */
  public ChunkIndex with(byte[] filter) {
    return with(filter, distinct);
  }

  /** The same with an estimate of its different values. */
  public ChunkIndex with(long estimate) {
    return with(texts, estimate);
  }

  private ChunkIndex with(byte[] filter, long estimate) {
    return new ChunkIndex(
        lower,
        upper,
        lowerExact,
        upperExact,
        nullCount,
        nanCount,
        bloomOffset,
        bloomBytes,
        filter,
        estimate);
  }
}
