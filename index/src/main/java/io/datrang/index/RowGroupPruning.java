package io.datrang.index;

import io.datrang.index.Predicate.And;
import io.datrang.index.Predicate.Any;
import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Contains;
import io.datrang.index.Predicate.In;
import io.datrang.index.Predicate.IsNotNull;
import io.datrang.index.Predicate.IsNull;
import io.datrang.index.Predicate.Operator;
import io.datrang.index.Predicate.Or;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says which row groups can hold rows that match a predicate, from their statistics alone. What is
 * unknown can. Thread-safe.
 *
 * <p>NaN sorts above every number and equals itself, as in PostgreSQL; it is never among the
 * bounds, so its count is looked at apart from them.
 */
public final class RowGroupPruning {
  /** Of the columns that were asked for: a wide table has many more. */
  private final Map<Integer, ColumnType> types = new ConcurrentHashMap<>();

  private final TableSchema table;

  public RowGroupPruning(TableSchema table) {
    this.table = table;
  }

  /** Whether a row of the group might match. */
  public boolean mayMatch(Predicate predicate, RowGroupIndex group) {
    if (group.rows() == 0) {
      return false;
    }
    if (predicate instanceof Compare compare) {
      return compare(compare.fieldId(), compare.operator(), compare.value(), group);
    }
    if (predicate instanceof In in) {
      return in.values().stream()
          .filter(Objects::nonNull)
          .anyMatch(value -> compare(in.fieldId(), Operator.EQ, value, group));
    }
    if (predicate instanceof IsNull isNull) {
      ChunkIndex chunk = group.chunks().get(isNull.fieldId());
      return chunk == null || chunk.nullCount() != 0;
    }
    if (predicate instanceof IsNotNull isNotNull) {
      ChunkIndex chunk = group.chunks().get(isNotNull.fieldId());
      return chunk == null || chunk.nullCount() < group.rows();
    }
    if (predicate instanceof Contains contains) {
      ChunkIndex chunk = group.chunks().get(contains.fieldId());
      return chunk == null || TextFilter.mayHold(chunk.texts(), contains.sequences());
    }
    if (predicate instanceof And and) {
      return and.all().stream().allMatch(each -> mayMatch(each, group));
    }
    if (predicate instanceof Or or) {
      return or.any().stream().anyMatch(each -> mayMatch(each, group));
    }
    return true;
  }

  private boolean compare(int fieldId, Operator operator, Object value, RowGroupIndex group) {
    ChunkIndex chunk = group.chunks().get(fieldId);
    ColumnType type = type(fieldId);
    if (chunk == null || type == null || value == null) {
      return true;
    }
    if (chunk.nullCount() == group.rows()) {
      return false;
    }
    boolean mayHaveNaN = chunk.nanCount() != 0;
    boolean wantsNaN = value instanceof Double number && number.isNaN();
    if (wantsNaN) {
      return switch (operator) {
        case EQ, GE -> mayHaveNaN;
        case GT -> false;
        case LT, LE -> true;
      };
    }
    if (mayHaveNaN && (operator == Operator.GT || operator == Operator.GE)) {
      return true;
    }
    return switch (operator) {
      case EQ -> lowest(type, chunk, value) <= 0 && highest(type, chunk, value) >= 0;
      case LT -> lowest(type, chunk, value) < 0;
      case LE -> lowest(type, chunk, value) <= 0;
      case GT -> highest(type, chunk, value) > 0;
      case GE -> highest(type, chunk, value) >= 0;
    };
  }

  /** How the least possible value compares with the constant; below it when unknown. */
  private static int lowest(ColumnType type, ChunkIndex chunk, Object value) {
    Integer compared =
        chunk.lower() == null ? null : BoundValue.compare(type, chunk.lower(), value);
    return compared == null ? -1 : compared;
  }

  /** How the greatest possible value compares with the constant; above it when unknown. */
  private static int highest(ColumnType type, ChunkIndex chunk, Object value) {
    Integer compared =
        chunk.upper() == null ? null : BoundValue.compare(type, chunk.upper(), value);
    return compared == null ? 1 : compared;
  }

  /** Whether the predicate holds for no row whatever. */
  public static boolean isNever(Predicate predicate) {
    return predicate instanceof Or or && or.any().stream().allMatch(RowGroupPruning::isNever);
  }

  /** Whether there is nothing in the predicate that could exclude a row group. */
  public static boolean isTrivial(Predicate predicate) {
    return predicate instanceof Any
        || (predicate instanceof And and
            && and.all().stream().allMatch(RowGroupPruning::isTrivial));
  }

  /** Null when there is no such column. */
  private ColumnType type(int fieldId) {
    return types.computeIfAbsent(fieldId, id -> table.column(id).map(Column::type).orElse(null));
  }
}
