package io.datrang.server.functions;

/** Arguments of window functions. */
final class Frames {
  private Frames() {}

  static int nth(int n) {
    if (n <= 0) {
      throw new RaisedError("22016", "argument of nth_value must be greater than zero");
    }
    return n;
  }
}
