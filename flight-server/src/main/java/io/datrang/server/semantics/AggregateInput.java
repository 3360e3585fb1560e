package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import java.util.List;

/** The rows an aggregate sees, and the engine's aggregates over them. */
interface AggregateInput {
  List<Operand> arguments();

  /** SQL of an argument. */
  default String sql(int index) {
    return EngineSql.of(arguments().get(index));
  }

  default Computed argument(int index) {
    return EngineSql.computed(arguments().get(index));
  }

  boolean isDistinct();

  boolean isOrdered();

  NumericRoute route();

  /**
   * Whether the result may be found impossible: it is of one group for all rows, so nothing was
   * sent yet, and the request is answered anew by another route.
   */
  boolean isAttempt();

  /**
   * An engine aggregate with the request's DISTINCT, ORDER BY and FILTER.
   *
   * @param call name and arguments, for example {@code sum(x)}: DISTINCT goes after the parenthesis
   *     opens, ORDER BY before it closes
   * @return the name of its result
   */
  String engine(String function, String... arguments);

  /** The same without the request's DISTINCT. */
  String engineOfAll(String function, String... arguments);

  /** Whether the result, or what it is made of, may fail; passed on to the result. */
  default boolean mayFail() {
    return arguments().stream().anyMatch(Operand::mayFail);
  }
}
