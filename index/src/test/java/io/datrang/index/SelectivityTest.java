package io.datrang.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Operator;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelectivityTest {
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "s",
          "t",
          List.of(
              new Column(1, "id", ColumnType.of("int8", 20, -1, StorageKind.INT8), true),
              new Column(2, "n", ColumnType.of("int4", 23, -1, StorageKind.INT4), false)),
          List.of(1));
  private static final RowGroupIndex GROUP =
      new RowGroupIndex(
          0,
          0,
          1000,
          4,
          100,
          Map.of(
              1, new ChunkIndex(Bounds.ofLong(0), Bounds.ofLong(999), true, true, 0, 0, -1, 0),
              2, new ChunkIndex(Bounds.ofInt(1), Bounds.ofInt(10), true, true, 500, 0, -1, 0)));

  private static double of(Predicate predicate) {
    return new Selectivity(TABLE).of(predicate, GROUP);
  }

  @Test
  void interpolatesBetweenBounds() {
    assertThat(of(new Compare(1, Operator.LT, 250L))).isCloseTo(0.25, within(0.01));
    assertThat(of(new Compare(1, Operator.GE, 250L))).isCloseTo(0.75, within(0.01));
    assertThat(of(new Compare(1, Operator.GT, 5000L))).isEqualTo(0.001);
  }

  @Test
  void aKeyIsUnique() {
    assertThat(of(new Compare(1, Operator.EQ, 7L))).isEqualTo(0.001);
    assertThat(of(new Predicate.In(1, List.of(1L, 2L)))).isEqualTo(0.002);
  }

  @Test
  void nullsAreLeftOut() {
    assertThat(of(new Predicate.IsNull(2))).isEqualTo(0.5);
    assertThat(of(new Compare(2, Operator.EQ, 3L))).isEqualTo(0.05);
    assertThat(of(new Compare(2, Operator.LE, 10L))).isEqualTo(0.5);
  }

  @Test
  void differentValuesAreTakenToBeEquallyFrequent() {
    ChunkIndex five = GROUP.chunks().get(2).with(5);
    RowGroupIndex group = new RowGroupIndex(0, 0, 1000, 4, 100, Map.of(2, five));
    Selectivity selectivity = new Selectivity(TABLE);
    assertThat(selectivity.of(new Compare(2, Operator.EQ, 3L), group)).isEqualTo(0.1);
    assertThat(selectivity.of(new Predicate.In(2, List.of(1L, 2L)), group)).isEqualTo(0.2);
  }

  @Test
  void conditionsAreIndependent() {
    Predicate half = new Compare(1, Operator.LT, 500L);
    assertThat(of(new Predicate.And(List.of(half, new Predicate.IsNull(2)))))
        .isCloseTo(0.25, within(0.01));
    assertThat(of(new Predicate.Or(List.of(half, new Predicate.IsNull(2)))))
        .isCloseTo(0.75, within(0.01));
  }
}
