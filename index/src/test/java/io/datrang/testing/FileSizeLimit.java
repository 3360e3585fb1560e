package io.datrang.testing;

import java.io.IOException;

/**
 * Lets no file of this process grow beyond a size, as if the disk were full; until it is closed.
 */
public final class FileSizeLimit implements AutoCloseable {
  private FileSizeLimit() {}

  public static FileSizeLimit of(long bytes) {
    limit(Long.toString(bytes));
    return new FileSizeLimit();
  }

  private static void limit(String bytes) {
    try {
      String pid = Long.toString(ProcessHandle.current().pid());
      Process limit =
          new ProcessBuilder("prlimit", "--pid", pid, "--fsize=" + bytes + ":").inheritIO().start();
      if (limit.waitFor() != 0) {
        throw new IllegalStateException("prlimit failed");
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    limit("unlimited");
  }
}
