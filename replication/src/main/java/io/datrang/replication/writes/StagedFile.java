package io.datrang.replication.writes;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A staged file that grows, see {@link StagingDirectory}; one thread at a time. What has been
 * written goes to the disk while more is coming, so that little is left to do at the end.
 */
final class StagedFile implements Closeable {
  private static final int HEADER_BYTES = 16;
  private static final long SYNC_BYTES = 32 << 20;

  private final Path path;
  private final FileChannel channel;
  private CompletableFuture<Void> syncing = CompletableFuture.completedFuture(null);
  private long unsynced;

  /** Makes the file, which must not be there. */
  StagedFile(Path path) throws IOException {
    this.path = path;
    this.channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  void append(RowBlock block) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putLong(block.firstRow()).putInt(block.rows()).putInt(block.bytes().length).flip();
    write(header);
    write(ByteBuffer.wrap(block.bytes()));
    unsynced += block.bytes().length;
    if (unsynced >= SYNC_BYTES && syncing.isDone()) {
      await();
      unsynced = 0;
      syncing = CompletableFuture.runAsync(this::sync);
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private void sync() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the sync that runs, and fails if it did. */
  private void await() throws IOException {
    try {
      syncing.join();
    } catch (CompletionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  /** Makes the file and its name survive a crash. */
  void finish() throws IOException {
    await();
    channel.force(true);
    StagingDirectory.sync(path.getParent());
  }

  @Override
  public void close() throws IOException {
    syncing.handle((done, failed) -> null).join();
    channel.close();
  }
}
