package io.datrang.bench.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A column type with its values.
 *
 * @param ddl type and collation as written in CREATE TABLE
 * @param base the type a constant is cast to
 * @param values makes the text of a value that is not null
 */
record SqlType(
    String ddl, String base, Family family, Equality equality, Function<Dice, String> values) {

  /** Which expressions make sense. */
  enum Family {
    BOOL,
    INTEGER,
    FLOAT,
    NUMERIC,
    TEXT,
    /** Text under a nondeterministic collation, where LIKE is an error. */
    TEXT_NONDETERMINISTIC,
    BPCHAR,
    BYTEA,
    DATE,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    INTERVAL,
    UUID,
    JSON,
    JSONB,
    ENUM,
    ARRAY
  }

  /** What the type's {@code =} says about the text of two values. */
  enum Equality {
    /** There is no {@code =}. */
    NONE,
    /** Equal values may differ as text: −0 and 0, 1.0 and 1.00, 1 month and 30 days. */
    AMBIGUOUS,
    /** Equal values have the same text. */
    EXACT
  }

  static final String MOOD = "public.diff_mood";

  boolean comparable() {
    return equality != Equality.NONE;
  }

  boolean exact() {
    return equality == Equality.EXACT;
  }

  boolean isText() {
    return family == Family.TEXT || family == Family.TEXT_NONDETERMINISTIC;
  }

  /** One-dimensional, zero to four elements, some of them null. */
  SqlType array() {
    int collate = ddl.indexOf(" COLLATE");
    String arrayDdl =
        collate < 0 ? ddl + "[]" : ddl.substring(0, collate) + "[]" + ddl.substring(collate);
    return new SqlType(arrayDdl, base + "[]", Family.ARRAY, equality, this::arrayText);
  }

  private String arrayText(Dice dice) {
    List<String> elements = new ArrayList<>();
    int size = dice.between(0, 4);
    for (int i = 0; i < size; i++) {
      elements.add(dice.percent(15) ? null : values.apply(dice));
    }
    return arrayText(elements);
  }

  /**
   * A value that a mirror can hold only when the column is kept as text; null when there is none.
   */
  String beyond(Dice dice) {
    return switch (family) {
      case NUMERIC -> "NaN";
      case TIMESTAMP -> "294276-12-31 23:59:59.999999";
      case TIMESTAMPTZ -> "294276-12-31 23:59:59.999999+00";
      case ARRAY -> dice.pick("[0:1]={NULL,NULL}", "{{NULL,NULL},{NULL,NULL}}");
      default -> null;
    };
  }

  /** The text of an array; every element that is not null is quoted. */
  static String arrayText(List<String> elements) {
    StringBuilder text = new StringBuilder("{");
    for (String element : elements) {
      text.append(text.length() == 1 ? "" : ",");
      if (element == null) {
        text.append("NULL");
      } else {
        text.append('"').append(element.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
      }
    }
    return text.append('}').toString();
  }

  /** A text as an SQL literal. */
  static String literal(String text) {
    return text == null ? "NULL" : "'" + text.replace("'", "''") + "'";
  }
}
