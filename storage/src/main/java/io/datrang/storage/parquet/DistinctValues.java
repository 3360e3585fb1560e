package io.datrang.storage.parquet;

/**
 * How many different values a sample of rows has.
 *
 * @param rows of the sample
 * @param found different values in them
 * @param once those of them that are there once
 * @param late those of them that are in the second half of it alone
 * @param gathered whether equal values are near each other: then there are always new ones
 */
record DistinctValues(int rows, int found, int once, int late, boolean gathered) {

  /**
   * How many so many rows would have. Where equal values are near each other, as sorted ones are,
   * new ones go on coming as in the second half; else those seen once stand for more, the others
   * for themselves (Charikar and others, "Towards estimation error guarantees for distinct
   * values").
   */
  double in(long all) {
    double times = Math.max(1, (double) all / rows);
    return gathered ? found + 2 * late * (times - 1) : found - once + Math.sqrt(times) * once;
  }
}
