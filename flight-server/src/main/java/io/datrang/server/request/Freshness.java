package io.datrang.server.request;

import io.datrang.storage.AsOf;
import io.datrang.types.Lsn;
import java.time.Duration;

/** Which snapshot a query wants. */
public sealed interface Freshness {
  /** One that has everything up to {@code atLeast}; an error when there is none in time. */
  record Latest(Lsn atLeast, Duration timeout) implements Freshness {}

  /** The newest there is. */
  record Eventual() implements Freshness {}

  /** A state of the past. */
  record Past(AsOf asOf) implements Freshness {}
}
