package io.datrang.server.flight;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * A connection that calls DoGet and reads answers without looking at them: HTTP/2 as far as gRPC's
 * server needs it. For answers of less than a flow control window, 1 GB, together.
 */
final class RehearsedCalls implements AutoCloseable {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int WINDOW = 1 << 30;

  private final SocketChannel channel;
  private final DataInputStream in;
  private final OutputStream out;
  private int stream = -1;

  private RehearsedCalls(SocketChannel channel) {
    this.channel = channel;
    this.in = new DataInputStream(Channels.newInputStream(channel));
    this.out = Channels.newOutputStream(channel);
  }

  static RehearsedCalls connect(Path socket) throws IOException {
    RehearsedCalls calls =
        new RehearsedCalls(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    try {
      calls.out.write(PREFACE.getBytes(US_ASCII));
      calls.openWindows();
      return calls;
    } catch (IOException e) {
      calls.close();
      throw e;
    }
  }

  /** Of each call, and of the connection. */
  private void openWindows() throws IOException {
    ByteArrayOutputStream setting = new ByteArrayOutputStream();
    number(setting, INITIAL_WINDOW_SIZE, 2);
    number(setting, WINDOW, 4);
    write(SETTINGS, 0, 0, setting.toByteArray());
    ByteArrayOutputStream increment = new ByteArrayOutputStream();
    number(increment, WINDOW, 4);
    write(WINDOW_UPDATE, 0, 0, increment.toByteArray());
  }

  /** Calls with a ticket and waits for the end of the answer; false when there was none. */
  boolean get(String ticket) throws IOException {
    stream += 2;
    write(HEADERS, END_HEADERS, stream, headers());
    write(DATA, END_STREAM, stream, message(ticket.getBytes(US_ASCII)));
    boolean answered = false;
    while (true) {
      int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int of = in.readInt();
      in.readFully(new byte[length]);
      if (type == SETTINGS && (flags & ACK) == 0) {
        write(SETTINGS, ACK, 0, new byte[0]);
      }
      answered |= of == stream && type == DATA;
      if (of == stream && (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        return answered;
      }
    }
  }

  private void write(int type, int flags, int of, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    number(frame, payload.length, 3);
    frame.write(type);
    frame.write(flags);
    number(frame, of, 4);
    frame.writeBytes(payload);
    out.write(frame.toByteArray());
  }

  private static void number(ByteArrayOutputStream to, int value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      to.write(value >> shift);
    }
  }

  /** HPACK: two entries of its static table as they are, four with a value. */
  private static byte[] headers() {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(0x83); // :method POST
    block.write(0x86); // :scheme http
    block.write(0x01);
    text(block, "localhost"); // :authority
    block.write(0x04);
    text(block, "/arrow.flight.protocol.FlightService/DoGet"); // :path
    block.write(0x0f);
    block.write(0x10);
    text(block, "application/grpc"); // content-type
    block.write(0x00);
    text(block, "te");
    text(block, "trailers");
    return block.toByteArray();
  }

  private static void text(ByteArrayOutputStream block, String text) {
    block.write(text.length());
    block.writeBytes(text.getBytes(US_ASCII));
  }

  /** A gRPC message of a protobuf Ticket; the ticket has less than 128 bytes. */
  private static byte[] message(byte[] ticket) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.write(0);
    number(message, ticket.length + 2, 4);
    message.write(0x0a);
    message.write(ticket.length);
    message.writeBytes(ticket);
    return message.toByteArray();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
