package io.datrang.replication.pgoutput;

import io.datrang.types.Lsn;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the fields of one message, never past its end. */
final class ByteReader {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int end;
  private int at;

  ByteReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  static int int32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  byte[] array() {
    return bytes;
  }

  int position() {
    return at;
  }

  int remaining() {
    return end - at;
  }

  byte int8(String what) {
    need(1, what);
    return bytes[at++];
  }

  int unsignedShort(String what) {
    need(2, what);
    int value = (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    at += 2;
    return value;
  }

  int int32(String what) {
    need(4, what);
    int value = int32(bytes, at);
    at += 4;
    return value;
  }

  long int64(String what) {
    need(8, what);
    long value = (long) LONG.get(bytes, at);
    at += 8;
    return value;
  }

  Lsn lsn(String what) {
    return new Lsn(int64(what));
  }

  String string(String what) {
    int from = at;
    while (at < end) {
      if (bytes[at++] == 0) {
        return new String(bytes, from, at - 1 - from, StandardCharsets.UTF_8);
      }
    }
    throw new MalformedMessageException("message ends inside " + what);
  }

  byte[] content(int length, String what) {
    int from = at;
    skip(length, what);
    return java.util.Arrays.copyOfRange(bytes, from, at);
  }

  void skip(int length, String what) {
    if (length < 0) {
      throw new MalformedMessageException("negative length of " + what + ": " + length);
    }
    need(length, what);
    at += length;
  }

  private void need(int length, String what) {
    if (end - at < length) {
      throw new MalformedMessageException(
          "message ends inside " + what + ": " + length + " bytes wanted, " + (end - at) + " left");
    }
  }
}
