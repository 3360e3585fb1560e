package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Very many constants as rows made of one text: of 50,000 integers the engine finds the rows of a
 * column in 39 ms, of as many constants in 899.
 */
final class LongList {
  /** What hardly any text holds. */
  private static final String SEPARATORS = "\u001f\u001e\u001d\u001c\u0001";

  private LongList() {}

  /**
   * A query that yields the elements.
   *
   * @param kind the kind of the column they are compared with
   * @return empty when there is none for elements of that kind, or one is NULL
   */
  static Optional<String> rows(StorageKind kind, List<Literal> elements) {
    return switch (kind) {
      case INT2, INT4, INT8 -> integers(elements);
      case TEXT, BPCHAR -> texts(elements);
      default -> Optional.empty();
    };
  }

  private static Optional<String> integers(List<Literal> elements) {
    if (!elements.stream().allMatch(e -> e.value() instanceof Long)) {
      return Optional.empty();
    }
    return Optional.of(
        elements.stream()
            .map(e -> e.value().toString())
            .collect(Collectors.joining(",", "SELECT unnest(CAST('[", "]' AS BIGINT[]))")));
  }

  private static Optional<String> texts(List<Literal> elements) {
    if (!elements.stream().allMatch(e -> e.value() instanceof String)) {
      return Optional.empty();
    }
    return SEPARATORS
        .chars()
        .mapToObj(Character::toString)
        .filter(s -> elements.stream().noneMatch(e -> ((String) e.value()).contains(s)))
        .findFirst()
        .map(
            s ->
                "SELECT unnest(string_split(%s, %s))"
                    .formatted(
                        text(
                            elements.stream()
                                .map(e -> (String) e.value())
                                .collect(Collectors.joining(s))),
                        text(s)));
  }

  private static String text(String value) {
    return EngineLiteral.sql(new Literal("text", StorageKind.TEXT, value));
  }
}
