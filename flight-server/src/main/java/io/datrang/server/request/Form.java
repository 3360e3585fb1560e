package io.datrang.server.request;

import io.datrang.server.request.SExpression.Quoted;
import io.datrang.server.request.SExpression.Sequence;
import io.datrang.server.request.SExpression.Word;
import java.util.Locale;

/** A list that starts with a name, read from left to right. */
final class Form {
  final String name;
  private final Sequence sequence;
  private int read = 1;

  static Form of(SExpression node) {
    if (node instanceof Sequence sequence
        && !sequence.items().isEmpty()
        && sequence.items().get(0) instanceof Word word) {
      return new Form(word.text(), sequence);
    }
    throw new InvalidRequestException("\"(name ...)\" expected at offset " + node.offset());
  }

  private Form(String name, Sequence sequence) {
    this.name = name;
    this.sequence = sequence;
  }

  /** The next item, a list. */
  Form form(String what) {
    return of(next(what));
  }

  boolean hasNext() {
    return read < sequence.items().size();
  }

  SExpression next(String what) {
    if (!hasNext()) {
      throw new InvalidRequestException(
          "\"" + name + "\" at offset " + sequence.offset() + " lacks its " + what);
    }
    return sequence.items().get(read++);
  }

  boolean nextIsWord() {
    return hasNext() && sequence.items().get(read) instanceof Word;
  }

  boolean peekIs(String child) {
    return hasNext()
        && sequence.items().get(read) instanceof Sequence list
        && !list.items().isEmpty()
        && list.items().get(0) instanceof Word word
        && word.text().equals(child);
  }

  String word(String what) {
    SExpression node = next(what);
    if (node instanceof Word word) {
      return word.text();
    }
    throw unexpected(what, node);
  }

  /** The constant that the next word names in lower case. */
  <E extends Enum<E>> E oneOf(E[] constants, String what) {
    String word = word(what);
    for (E constant : constants) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(word)) {
        return constant;
      }
    }
    throw new InvalidRequestException("unknown " + what + " \"" + word + "\"");
  }

  String string(String what) {
    SExpression node = next(what);
    if (node instanceof Quoted quoted) {
      return quoted.text();
    }
    throw unexpected(what, node);
  }

  long number(String what) {
    String word = word(what);
    try {
      return Long.parseLong(word);
    } catch (NumberFormatException e) {
      throw new InvalidRequestException(what + " must be a number: " + word, e);
    }
  }

  int integer(String what) {
    long value = number(what);
    if (value != (int) value) {
      throw new InvalidRequestException(what + " is out of range: " + value);
    }
    return (int) value;
  }

  Collation collation() {
    SExpression node = next("collation");
    if (node instanceof Word word && word.text().equals("-")) {
      return Collation.NONE;
    }
    if (node instanceof Quoted quoted) {
      return switch (quoted.text()) {
        case "C" -> Collation.C;
        case "deterministic" -> Collation.DETERMINISTIC;
        case "nondeterministic" -> Collation.NONDETERMINISTIC;
        default -> throw unexpected("collation", node);
      };
    }
    throw unexpected("collation", node);
  }

  void expectName(String expected) {
    if (!name.equals(expected)) {
      throw new InvalidRequestException(
          "\"(" + expected + " ...)\" expected at offset " + sequence.offset());
    }
  }

  void end() {
    if (hasNext()) {
      throw new InvalidRequestException(
          "unexpected item in \"" + name + "\" at offset " + sequence.items().get(read).offset());
    }
  }

  InvalidRequestException unknown(String what) {
    return new InvalidRequestException(
        "unknown " + what + " \"" + name + "\" at offset " + sequence.offset());
  }

  private InvalidRequestException unexpected(String what, SExpression node) {
    return new InvalidRequestException(
        what + " of \"" + name + "\" expected at offset " + node.offset());
  }
}
