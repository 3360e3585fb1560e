package io.datrang.server.functions;

/** Numbers of rows that are not to be exceeded. */
final class Frames {
  private Frames() {}

  static long single(long rows) {
    if (rows > 1) {
      throw new RaisedError(
          "21000", "more than one row returned by a subquery used as an expression");
    }
    return rows;
  }

  static int nth(int n) {
    if (n <= 0) {
      throw new RaisedError("22016", "argument of nth_value must be greater than zero");
    }
    return n;
  }
}
