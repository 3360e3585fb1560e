package io.datrang.storage.parquet;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** Values of some rows of a column of one part, nulls left out. Used by one thread. */
final class SampledValues extends RecordConsumer {
  private final List<Object> values = new ArrayList<>();
  private final Map<Object, Integer> counts = new HashMap<>();

  private SampledValues() {}

  static SampledValues of(VectorCell cell, int from, int rows) {
    SampledValues sample = new SampledValues();
    for (int row = from; row < from + rows; row++) {
      if (!cell.isNull(row)) {
        cell.write(sample, row);
      }
    }
    return sample;
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  int count() {
    return values.size();
  }

  /**
   * What they say of more rows.
   *
   * @param rows how many these are, those without a value included
   */
  DistinctValues distinctValues(int rows) {
    int half = new HashSet<>(values.subList(0, values.size() / 2)).size();
    int once = (int) counts.values().stream().filter(count -> count == 1).count();
    double lateByChance = counts.values().stream().mapToDouble(count -> Math.pow(2, -count)).sum();
    int late = counts.size() - half;
    return new DistinctValues(
        rows, counts.size(), once, late, late >= 0.9 * half || late > 2 * lateByChance + 1);
  }

  void write(ValuesWriter to, int from, int until) {
    for (Object value : values.subList(from, until)) {
      if (value instanceof Integer number) {
        to.writeInteger(number);
      } else if (value instanceof Long number) {
        to.writeLong(number);
      } else if (value instanceof Binary bytes) {
        to.writeBytes(bytes);
      } else if (value instanceof Double number) {
        to.writeDouble(number);
      } else {
        to.writeFloat((Float) value);
      }
    }
  }

  private void add(Object value) {
    values.add(value);
    counts.merge(value, 1, Integer::sum);
  }

  @Override
  public void addInteger(int value) {
    add(value);
  }

  @Override
  public void addLong(long value) {
    add(value);
  }

  @Override
  public void addFloat(float value) {
    add(value);
  }

  @Override
  public void addDouble(double value) {
    add(value);
  }

  @Override
  public void addBinary(Binary value) {
    add(value.copy());
  }

  @Override
  public void addBoolean(boolean value) {
    throw severalParts();
  }

  @Override
  public void startMessage() {
    throw severalParts();
  }

  @Override
  public void endMessage() {
    throw severalParts();
  }

  @Override
  public void startField(String field, int index) {
    throw severalParts();
  }

  @Override
  public void endField(String field, int index) {
    throw severalParts();
  }

  @Override
  public void startGroup() {
    throw severalParts();
  }

  @Override
  public void endGroup() {
    throw severalParts();
  }

  private static IllegalStateException severalParts() {
    return new IllegalStateException("values of a column that is not sampled");
  }
}
