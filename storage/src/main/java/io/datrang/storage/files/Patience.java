package io.datrang.storage.files;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How long the current thread waits for files and locks: until they are there, or until nobody
 * wants what it does any more. Kept by thread, because several queries share a snapshot and each
 * may end alone.
 */
public final class Patience {
  private static final long LOOK_MS = 100;

  private static final ThreadLocal<BooleanSupplier> ENDED = new ThreadLocal<>();

  private Patience() {}

  /** Does work whose waits end with a {@link StorageException} from then on. */
  public static <T> T until(BooleanSupplier ended, Supplier<T> work) {
    BooleanSupplier outer = ENDED.get();
    ENDED.set(ended);
    try {
      return work.get();
    } finally {
      if (outer == null) {
        ENDED.remove();
      } else {
        ENDED.set(outer);
      }
    }
  }

  /** Whether nobody wants what the current thread does any more. */
  public static boolean isOver() {
    BooleanSupplier ended = ENDED.get();
    return ended != null && ended.getAsBoolean();
  }

  static <T> T await(CompletableFuture<T> files) throws InterruptedException, ExecutionException {
    BooleanSupplier ended = ENDED.get();
    if (ended == null) {
      return files.get();
    }
    while (!ended.getAsBoolean()) {
      try {
        return files.get(LOOK_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // looks again
      }
    }
    throw new FilesUnavailableException("nobody waits for the files any more", null);
  }
}
