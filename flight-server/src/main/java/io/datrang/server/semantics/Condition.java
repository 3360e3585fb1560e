package io.datrang.server.semantics;

import io.datrang.server.request.Collation;
import java.util.ArrayList;
import java.util.List;

/**
 * When an announced signature is exact.
 *
 * @param collation what the collation must be
 * @param zoned whether it depends on the session by its TimeZone, which is then sent as one more
 *     argument
 * @param arguments words of the protocol about single arguments and errors, see PROTOCOL.md
 */
public record Condition(Texts collation, boolean zoned, List<String> arguments) {
  /** Under which collations. */
  enum Texts {
    ANY(""),
    /** Those that order text by its bytes, as the engine does. */
    C("c"),
    /** Deterministic ones whose letters are ASCII's. */
    CTYPE("ctype"),
    /** Any deterministic one: equal means equal bytes. */
    DETERMINISTIC("deterministic");

    private final String announced;

    Texts(String announced) {
      this.announced = announced;
    }
  }

  static final Condition ALWAYS = new Condition(Texts.ANY, false, List.of());
  static final Condition C = new Condition(Texts.C, false, List.of());
  static final Condition CTYPE = new Condition(Texts.CTYPE, false, List.of());
  static final Condition DETERMINISTIC = new Condition(Texts.DETERMINISTIC, false, List.of());
  static final Condition ZONED = new Condition(Texts.ANY, true, List.of());

  /** The second argument is the same for all rows. */
  static final Condition VALUE_2 = ALWAYS.and("value:2");

  Condition and(String word) {
    List<String> words = new ArrayList<>(arguments);
    words.add(word);
    return new Condition(collation, zoned, List.copyOf(words));
  }

  /** The argument, counted from 1, is a constant whose text matches PostgreSQL's pattern. */
  Condition andConstant(int argument, String pattern) {
    if (pattern.indexOf(' ') >= 0) {
      throw new IllegalArgumentException("a blank in the pattern " + pattern);
    }
    return and("const:" + argument + ":" + pattern);
  }

  /** As it is told to the shim. */
  public String announced() {
    List<String> words = new ArrayList<>();
    if (collation != Texts.ANY) {
      words.add(collation.announced);
    }
    if (zoned) {
      words.add("zone");
    }
    words.addAll(arguments);
    return String.join(" ", words);
  }

  boolean holdsFor(Collation used) {
    return switch (collation) {
      case ANY -> true;
      case C -> used == Collation.C;
      case CTYPE, DETERMINISTIC -> used == Collation.C || used == Collation.DETERMINISTIC;
    };
  }
}
