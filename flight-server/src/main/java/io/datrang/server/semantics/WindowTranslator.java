package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.Frame;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.CatalogueRow.AggregateRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Window functions and aggregates over window frames. */
final class WindowTranslator {
  /** Functions that see their whole partition whatever the frame is. */
  private static final Set<String> WITHOUT_FRAME =
      Set.of(
          "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead");

  private final ExpressionTranslator rows;
  private final SemanticCatalogue catalogue;

  WindowTranslator(ExpressionTranslator rows, SemanticCatalogue catalogue) {
    this.rows = rows;
    this.catalogue = catalogue;
  }

  Operand translate(Expression.WindowCall call) {
    AggregateRow row = catalogue.window(call.signature(), call.collation());
    List<Operand> arguments = rows.translate(call.arguments());
    ExpressionTranslator.check(arguments, row);
    String over = " OVER (" + window(call) + ")";
    return row.aggregation()
        .aggregate(
            new EngineAggregate(
                rows, arguments, false, false, List.of(), call.filter(), engine -> engine + over));
  }

  private String window(Expression.WindowCall call) {
    List<String> parts = new ArrayList<>();
    List<String> partition = new ArrayList<>();
    for (Select.GroupKey key : call.partition()) {
      partition.add(Ordering.groupKey(rows.translate(key.expression()), key.collation()));
    }
    List<String> order = new ArrayList<>();
    for (Expression.SortKey key : call.order()) {
      order.add(Ordering.sql(key, rows.translate(key.expression())));
    }
    if (!partition.isEmpty()) {
      parts.add("PARTITION BY " + String.join(", ", partition));
    }
    if (!order.isEmpty()) {
      parts.add("ORDER BY " + String.join(", ", order));
    }
    String name = call.signature().substring(0, call.signature().indexOf('('));
    if (!WITHOUT_FRAME.contains(name)) {
      parts.add(frame(call.frame()));
    }
    return String.join(" ", parts);
  }

  private static String frame(Frame frame) {
    String exclusion =
        switch (frame.exclusion()) {
          case NONE -> "";
          case CURRENT -> " EXCLUDE CURRENT ROW";
          case GROUP -> " EXCLUDE GROUP";
          case TIES -> " EXCLUDE TIES";
        };
    return frame.mode().name()
        + " BETWEEN "
        + bound(frame.start())
        + " AND "
        + bound(frame.end())
        + exclusion;
  }

  private static String bound(Frame.Bound bound) {
    return switch (bound.edge()) {
      case UNBOUNDED_PRECEDING -> "UNBOUNDED PRECEDING";
      case PRECEDING -> bound.offset() + " PRECEDING";
      case CURRENT -> "CURRENT ROW";
      case FOLLOWING -> bound.offset() + " FOLLOWING";
      case UNBOUNDED_FOLLOWING -> "UNBOUNDED FOLLOWING";
    };
  }
}
