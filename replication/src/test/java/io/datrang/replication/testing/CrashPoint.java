package io.datrang.replication.testing;

import io.datrang.storage.WritableStorage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A moment at which the process dies: before or after a step of storage. From then on nothing can
 * change storage any more, as if the machine had stopped. Any thread.
 */
public final class CrashPoint {
  /** What is thrown instead of dying. */
  public static final class CrashException extends RuntimeException {
    CrashException(String point) {
      super("crashed " + point);
    }
  }

  private final String name;
  private final boolean deadly;
  private final AtomicInteger passesLeft;
  private final CountDownLatch reached = new CountDownLatch(1);
  private volatile boolean dead;

  /**
   * @param name {@code before STEP} or {@code after STEP}
   * @param passes how often it is passed; the last pass is deadly
   */
  public CrashPoint(String name, int passes) {
    this(name, true, passes);
  }

  private CrashPoint(String name, boolean deadly, int passes) {
    this.name = name;
    this.deadly = deadly;
    this.passesLeft = new AtomicInteger(passes);
  }

  /** Fails when it is passed first, and everything goes on. */
  public static CrashPoint failure(String name) {
    return new CrashPoint(name, false, 1);
  }

  /** Waits until it is reached. */
  public boolean await(long ms) throws InterruptedException {
    return reached.await(ms, TimeUnit.MILLISECONDS);
  }

  /** The storage, and what comes from it, with this point in it. */
  public WritableStorage in(WritableStorage storage) {
    return StorageSteps.watched(storage, this::pass);
  }

  private void pass(String point) {
    if (point.equals(name) && passesLeft.decrementAndGet() == 0) {
      dead = deadly;
      reached.countDown();
      throw new CrashException(name);
    }
    if (dead) {
      throw new CrashException(name);
    }
  }
}
