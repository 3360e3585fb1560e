package io.datrang.server.semantics;

/** A column whose values are not here until its table has been copied anew. */
public final class ColumnUnavailableException extends RuntimeException {
  public ColumnUnavailableException(String table, String column) {
    super("column \"" + column + "\" of columnar table \"" + table + "\" cannot be read yet");
  }
}
