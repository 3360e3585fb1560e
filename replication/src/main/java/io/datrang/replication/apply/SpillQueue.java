package io.datrang.replication.apply;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * First in, first out, messages with a number each; beyond a limit of memory they wait in a file.
 * One thread.
 *
 * <p>File: for each message 8 bytes number, 4 bytes length (both big endian), the message. Deleted
 * when it was read to its end or at close; of no use after a crash.
 */
final class SpillQueue implements AutoCloseable {
  /** What a message costs beyond its bytes. */
  private static final int OVERHEAD_BYTES = 100;

  private static final int FILE_BUFFER_BYTES = 1 << 16;
  private static final int BLOCK_BYTES = 1 << 18;
  private static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;

  /**
   * @param tag the caller's number
   */
  record Entry(long tag, ByteBuffer message) {}

  private static final Logger log = LoggerFactory.getLogger(SpillQueue.class);

  private final Path directory;
  private final long memoryBytesMax;
  private final ArrayDeque<Entry> memory = new ArrayDeque<>();
  private long memoryBytes;
  private long size;
  private long bytes;

  private Path file;
  private DataOutputStream out;
  private InputStream in;

  /** What was read from the file and not taken yet. */
  private ByteBuffer block;

  private long unread;

  SpillQueue(Path directory, long memoryBytesMax) {
    this.directory = directory;
    this.memoryBytesMax = memoryBytesMax;
  }

  long size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Size of the messages in it. */
  long bytes() {
    return bytes;
  }

  void add(long tag, ByteBuffer message) {
    size++;
    bytes += message.remaining();
    if (file == null && memoryBytes + message.remaining() + OVERHEAD_BYTES <= memoryBytesMax) {
      memoryBytes += message.remaining() + OVERHEAD_BYTES;
      memory.add(new Entry(tag, message));
      return;
    }
    try {
      spill(tag, message);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + directory, e);
    }
  }

  private void spill(long tag, ByteBuffer message) throws IOException {
    if (file == null) {
      Files.createDirectories(directory);
      file = Files.createTempFile(directory, "changes", ".spill");
      out =
          new DataOutputStream(
              new BufferedOutputStream(Files.newOutputStream(file), FILE_BUFFER_BYTES));
    }
    out.writeLong(tag);
    out.writeInt(message.remaining());
    out.write(message.array(), message.arrayOffset() + message.position(), message.remaining());
    unread++;
  }

  /** The oldest message, removed; null when there is none. */
  Entry poll() {
    Entry entry = memory.poll();
    if (entry != null) {
      memoryBytes -= entry.message().remaining() + OVERHEAD_BYTES;
    } else if (unread > 0) {
      try {
        entry = read();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + file, e);
      }
    } else {
      return null;
    }
    size--;
    bytes -= entry.message().remaining();
    return entry;
  }

  private Entry read() throws IOException {
    if (in == null) {
      in = Files.newInputStream(file);
      block = ByteBuffer.allocate(0);
    }
    need(HEADER_BYTES);
    long tag = block.getLong();
    int length = block.getInt();
    need(length);
    ByteBuffer message = block.slice(block.position(), length);
    block.position(block.position() + length);
    if (--unread == 0) {
      removeFile();
    }
    return new Entry(tag, message);
  }

  /** Reads on unless the block holds this many bytes more; messages keep their old block. */
  private void need(int bytes) throws IOException {
    if (block.remaining() >= bytes) {
      return;
    }
    out.flush();
    byte[] next = new byte[Math.max(BLOCK_BYTES, bytes)];
    int left = block.remaining();
    block.get(next, 0, left);
    int read = in.readNBytes(next, left, next.length - left);
    block = ByteBuffer.wrap(next, 0, left + read);
    if (left + read < bytes) {
      throw new EOFException("the file ends inside a message");
    }
  }

  void clear() {
    memory.clear();
    memoryBytes = 0;
    size = 0;
    bytes = 0;
    unread = 0;
    try {
      removeFile();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + file, e);
    }
  }

  private void removeFile() throws IOException {
    if (file == null) {
      return;
    }
    try (InputStream closes = in;
        OutputStream alsoCloses = out) {
      log.trace("removing {}", file);
    } catch (IOException e) {
      log.debug("{} was not written to its end", file, e); // the disk is full, and it goes anyway
    } finally {
      Files.deleteIfExists(file);
      file = null;
      out = null;
      in = null;
      block = null;
    }
  }

  @Override
  public void close() {
    clear();
  }
}
