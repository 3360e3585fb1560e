package io.datrang.index;

import io.datrang.index.Predicate.And;
import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.In;
import io.datrang.index.Predicate.IsNotNull;
import io.datrang.index.Predicate.IsNull;
import io.datrang.index.Predicate.Operator;
import io.datrang.index.Predicate.Or;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Estimates which part of a row group matches: values are taken to be spread evenly between the
 * bounds, as many of each as there are different ones, and conditions to be independent. Where
 * nothing is known, PostgreSQL's own guesses are used (0.005 for equality, a third for an
 * inequality). Thread-safe.
 */
public final class Selectivity {
  private static final double EQUAL = 0.005;
  private static final double RANGE = 1.0 / 3;

  /** Of the columns that were asked for: a wide table has many more. */
  private final Map<Integer, ColumnType> types = new ConcurrentHashMap<>();

  private final TableSchema table;
  private final int uniqueField;

  public Selectivity(TableSchema table) {
    this.table = table;
    uniqueField = table.key().size() == 1 ? table.key().get(0) : -1;
  }

  /** Expected part of the group's rows, from 0 to 1. */
  public double of(Predicate predicate, RowGroupIndex group) {
    if (predicate instanceof Compare compare) {
      return notNull(compare.fieldId(), group) * compare(compare, group);
    }
    if (predicate instanceof In in) {
      double one = equal(in.fieldId(), group);
      return notNull(in.fieldId(), group) * Math.min(1, one * in.values().size());
    }
    if (predicate instanceof IsNull isNull) {
      return 1 - notNull(isNull.fieldId(), group);
    }
    if (predicate instanceof IsNotNull isNotNull) {
      return notNull(isNotNull.fieldId(), group);
    }
    if (predicate instanceof And and) {
      return and.all().stream().mapToDouble(each -> of(each, group)).reduce(1, (a, b) -> a * b);
    }
    if (predicate instanceof Or or) {
      return 1
          - or.any().stream().mapToDouble(each -> 1 - of(each, group)).reduce(1, (a, b) -> a * b);
    }
    return 1;
  }

  private static double notNull(int fieldId, RowGroupIndex group) {
    ChunkIndex chunk = group.chunks().get(fieldId);
    return chunk == null || chunk.nullCount() <= 0 || group.rows() == 0
        ? 1
        : Math.max(0, 1 - (double) chunk.nullCount() / group.rows());
  }

  private double compare(Compare compare, RowGroupIndex group) {
    if (compare.operator() == Operator.EQ) {
      return equal(compare.fieldId(), group);
    }
    ChunkIndex chunk = group.chunks().get(compare.fieldId());
    ColumnType type = type(compare.fieldId());
    if (chunk == null || type == null || chunk.lower() == null || chunk.upper() == null) {
      return RANGE;
    }
    double low = BoundValue.number(type, chunk.lower());
    double high = BoundValue.number(type, chunk.upper());
    double at = BoundValue.toNumber(compare.value());
    double step = isWhole(type) ? 1 : 0;
    double width = high - low + step;
    double part =
        switch (compare.operator()) {
          case LT -> at - low;
          case LE -> at - low + step;
          case GT -> high - at;
          default -> high - at + step;
        };
    if (Double.isNaN(part) || !(width > 0)) {
      return RANGE;
    }
    return Math.min(1, Math.max(part / width, 1.0 / Math.max(1, group.rows())));
  }

  private static boolean isWhole(ColumnType type) {
    return switch (type.kind()) {
      case INT2, INT4, INT8, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
      default -> false;
    };
  }

  private double equal(int fieldId, RowGroupIndex group) {
    if (fieldId == uniqueField) {
      return group.rows() == 0 ? 0 : 1.0 / group.rows();
    }
    ChunkIndex chunk = group.chunks().get(fieldId);
    ColumnType type = type(fieldId);
    if (chunk != null && chunk.distinct() > 0) {
      return 1.0 / chunk.distinct();
    }
    if (chunk == null || type == null || chunk.lower() == null || chunk.upper() == null) {
      return EQUAL;
    }
    return switch (type.kind()) {
      case BOOL -> 0.5;
      case INT2, INT4, INT8, DATE -> {
        double distinct =
            1 + BoundValue.number(type, chunk.upper()) - BoundValue.number(type, chunk.lower());
        yield distinct >= 1 ? Math.max(1 / distinct, EQUAL) : EQUAL;
      }
      default -> EQUAL;
    };
  }

  /** Null when there is no such column. */
  private ColumnType type(int fieldId) {
    return types.computeIfAbsent(fieldId, id -> table.column(id).map(Column::type).orElse(null));
  }
}
