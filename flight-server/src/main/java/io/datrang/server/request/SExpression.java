package io.datrang.server.request;

import java.util.List;

/** A node of the request text: a bare word, a quoted string or a parenthesised list. */
sealed interface SExpression {
  /** Offset of its first character in the request. */
  int offset();

  record Word(String text, int offset) implements SExpression {}

  record Quoted(String text, int offset) implements SExpression {}

  record Sequence(List<SExpression> items, int offset) implements SExpression {}
}
