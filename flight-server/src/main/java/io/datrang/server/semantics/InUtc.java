package io.datrang.server.semantics;

import io.datrang.server.semantics.CatalogueRow.Computation;
import io.datrang.server.semantics.Operand.Literal;
import java.util.List;
import java.util.Set;

/**
 * What depends on a time zone in two ways: for UTC the engine computes it alone, for other zones
 * with functions of ours, value by value.
 *
 * @param zone which argument is the zone's name
 * @param utc for UTC
 * @param other for every zone
 */
record InUtc(int zone, Computation utc, Computation other) implements Computation {
  /** Names under which PostgreSQL knows it; initdb sets the second where the system has it. */
  private static final Set<String> NAMES = Set.of("UTC", "Etc/UTC", "GMT", "Etc/GMT");

  @Override
  public Operand compute(List<Operand> arguments, NumericRoute route) {
    return (isUtc(arguments.get(zone - 1)) ? utc : other).compute(arguments, route);
  }

  static boolean isUtc(Operand zone) {
    return zone instanceof Literal literal
        && literal.value() instanceof String name
        && NAMES.contains(name);
  }
}
