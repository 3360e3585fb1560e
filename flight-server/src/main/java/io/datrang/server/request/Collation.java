package io.datrang.server.request;

/** What the shim says about the collation an operator or function is evaluated under. */
public enum Collation {
  /** None takes part. */
  NONE,
  /** C or POSIX: byte order. */
  C,
  /** Equality is equality of bytes; the order is unknown to us. */
  DETERMINISTIC,
  NONDETERMINISTIC
}
