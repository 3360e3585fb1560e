package io.datrang.replication.apply;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for the applier: deliveries of the stream, bounded by size, and commands of other
 * threads, which come first. Any thread puts, the applier takes.
 */
public final class Inbox {
  private final long bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();
  private final Condition notFull = lock.newCondition();
  private final ArrayDeque<Delivery> deliveries = new ArrayDeque<>();
  private final ArrayDeque<Runnable> commands = new ArrayDeque<>();
  private long bytes;
  private boolean awaited;

  /**
   * @param bytesMax of messages waiting; one delivery is always let in
   */
  public Inbox(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Whether the delivery was taken in time. */
  public boolean offer(Delivery delivery, long timeoutMs) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    lock.lockInterruptibly();
    try {
      while (!deliveries.isEmpty() && bytes + delivery.bytes() > bytesMax) {
        if (left <= 0) {
          return false;
        }
        left = notFull.awaitNanos(left);
      }
      deliveries.add(delivery);
      bytes += delivery.bytes();
      notEmpty.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  void command(Runnable command) {
    lock.lock();
    try {
      commands.add(command);
      notEmpty.signal();
    } finally {
      lock.unlock();
    }
  }

  Runnable nextCommand() {
    lock.lock();
    try {
      return commands.poll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next delivery; null when nothing comes in time.
   *
   * @param commandsFirst whether it is null also when a command waits
   */
  Delivery poll(long timeoutMs, boolean commandsFirst) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    lock.lockInterruptibly();
    try {
      while (deliveries.isEmpty() && !(commandsFirst && !commands.isEmpty()) && left > 0) {
        awaited = true;
        left = notEmpty.awaitNanos(left);
      }
      awaited = false;
      Delivery delivery = commandsFirst && !commands.isEmpty() ? null : deliveries.poll();
      if (delivery != null) {
        bytes -= delivery.bytes();
        notFull.signal();
      }
      return delivery;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the applier has nothing to do. */
  public boolean isAwaited() {
    lock.lock();
    try {
      return awaited && deliveries.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Size of the messages that wait. */
  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  boolean hasDeliveries() {
    lock.lock();
    try {
      return !deliveries.isEmpty();
    } finally {
      lock.unlock();
    }
  }
}
