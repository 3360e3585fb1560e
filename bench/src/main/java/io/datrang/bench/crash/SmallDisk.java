package io.datrang.bench.crash;

import io.datrang.bench.RunningSystem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file system that a file can fill. */
record SmallDisk(Path directory) {

  private static final long BYTES_MAX = 16L << 30;
  private static final int BLOCK = 1 << 12;

  /** Left to be written block by block: others write meanwhile. */
  private static final long MARGIN_BYTES = 64 << 20;

  /** Whether it is one of its own and small: nobody shall fill a machine's only disk. */
  boolean available() throws IOException {
    FileStore store = Files.getFileStore(directory);
    return store.getTotalSpace() <= BYTES_MAX
        && !store.equals(Files.getFileStore(directory.toAbsolutePath().getParent()));
  }

  /** Takes what is left, and what gets free while it does so. False when something else failed. */
  boolean fill() throws IOException, InterruptedException {
    Path filler = filler();
    RunningSystem.run(
        List.of(
            "fallocate",
            "-l",
            String.valueOf(Files.getFileStore(directory).getUsableSpace() - MARGIN_BYTES),
            filler.toString()));
    try (RandomAccessFile file = new RandomAccessFile(filler.toFile(), "rw")) {
      file.seek(file.length());
      byte[] block = new byte[BLOCK];
      while (true) {
        file.write(block);
      }
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).contains("No space left");
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(filler());
  }

  private Path filler() {
    return directory.resolve("filler");
  }
}
