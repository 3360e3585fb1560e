package io.datrang.server.semantics;

import io.datrang.server.request.Collation;

/** When an announced signature is exact. */
public enum Condition {
  ALWAYS(""),
  /** Under collation C or POSIX only: the engine orders text by its bytes. */
  C("c"),
  /** Under any deterministic collation: equal means equal bytes. */
  DETERMINISTIC("deterministic");

  private final String announced;

  Condition(String announced) {
    this.announced = announced;
  }

  /** As it is told to the shim. */
  public String announced() {
    return announced;
  }

  boolean holdsFor(Collation collation) {
    return switch (this) {
      case ALWAYS -> true;
      case C -> collation == Collation.C;
      case DETERMINISTIC -> collation == Collation.C || collation == Collation.DETERMINISTIC;
    };
  }
}
