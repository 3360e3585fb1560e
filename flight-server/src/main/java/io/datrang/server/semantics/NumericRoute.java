package io.datrang.server.semantics;

/** How numeric arithmetic is done when its bounds exceed what the engine's decimals surely hold. */
public enum NumericRoute {
  /** With the shortest decimals, which raise an error when a value does not fit. */
  FAST,
  /** With the longest decimals, which raise an error when a value does not fit. */
  WIDE,
  /** With decimals where they surely fit, otherwise digit by digit. */
  SURE;

  /** The next route to try. */
  public NumericRoute surer() {
    return this == FAST ? WIDE : SURE;
  }
}
