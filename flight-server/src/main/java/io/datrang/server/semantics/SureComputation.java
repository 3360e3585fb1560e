package io.datrang.server.semantics;

import io.datrang.server.semantics.CatalogueRow.Computation;
import java.util.List;

/** A computation that raises no error of its own, whatever its arguments. */
record SureComputation(Computation computation) implements Computation {

  static SureComputation sure(Computation computation) {
    return new SureComputation(computation);
  }

  @Override
  public Operand compute(List<Operand> arguments, NumericRoute route) {
    return computation.compute(arguments, route);
  }
}
