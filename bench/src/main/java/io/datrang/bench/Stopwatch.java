package io.datrang.bench;

import java.util.concurrent.Callable;

/** Elapsed wall time in milliseconds, as a client sees it. */
final class Stopwatch {

  private final long startNs = System.nanoTime();

  double elapsedMs() {
    return (System.nanoTime() - startNs) / 1e6;
  }

  /** Runs a piece of work and returns how long it took. */
  static double timeMs(Callable<?> work) throws Exception {
    Stopwatch watch = new Stopwatch();
    work.call();
    return watch.elapsedMs();
  }
}
