package io.datrang.replication.pgoutput;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Builds pgoutput messages by hand. */
public final class MessageBytes {
  /** A column that is stored out of line and was not sent. */
  public static final Object UNCHANGED = new Object();

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  private interface Write {
    void to(DataOutputStream out) throws IOException;
  }

  public static MessageBytes message(char kind) {
    return new MessageBytes().int8(kind);
  }

  public static byte[] begin(long finalLsn) {
    return message('B').int64(finalLsn).int64(0).int32(7).done();
  }

  public static byte[] commit(long commitLsn, long endLsn) {
    return message('C').int8(0).int64(commitLsn).int64(endLsn).int64(0).done();
  }

  /** Columns as {@code *name:oid}, the star for parts of the key. */
  public static byte[] relation(int id, String name, char identity, String... columns) {
    MessageBytes m =
        message('R').int32(id).text("public").text(name).int8(identity).int16(columns.length);
    for (String column : columns) {
      boolean key = column.startsWith("*");
      String[] parts = column.substring(key ? 1 : 0).split(":");
      m.int8(key ? 1 : 0).text(parts[0]).int32(Integer.parseInt(parts[1])).int32(-1);
    }
    return m.done();
  }

  public static byte[] insert(int relation, Object... row) {
    return message('I').int32(relation).int8('N').tuple(row).done();
  }

  public static byte[] update(int relation, Object... row) {
    return message('U').int32(relation).int8('N').tuple(row).done();
  }

  public static byte[] updateOld(int relation, char kind, Object[] old, Object... row) {
    return message('U').int32(relation).int8(kind).tuple(old).int8('N').tuple(row).done();
  }

  public static byte[] delete(int relation, char kind, Object... old) {
    return message('D').int32(relation).int8(kind).tuple(old).done();
  }

  public static byte[] truncate(int... relations) {
    MessageBytes m = message('T').int32(relations.length).int8(0);
    for (int relation : relations) {
      m.int32(relation);
    }
    return m.done();
  }

  public MessageBytes int8(int value) {
    return write(o -> o.writeByte(value));
  }

  public MessageBytes int16(int value) {
    return write(o -> o.writeShort(value));
  }

  public MessageBytes int32(int value) {
    return write(o -> o.writeInt(value));
  }

  public MessageBytes int64(long value) {
    return write(o -> o.writeLong(value));
  }

  public MessageBytes text(String value) {
    return write(o -> o.write(value.getBytes(StandardCharsets.UTF_8))).int8(0);
  }

  /** Null, {@link #UNCHANGED}, bytes (binary form) or anything else as text. */
  public MessageBytes tuple(Object... columns) {
    int16(columns.length);
    for (Object column : columns) {
      if (column == null) {
        int8('n');
      } else if (column == UNCHANGED) {
        int8('u');
      } else if (column instanceof byte[] binary) {
        int8('b').int32(binary.length).write(o -> o.write(binary));
      } else {
        byte[] text = column.toString().getBytes(StandardCharsets.UTF_8);
        int8('t').int32(text.length).write(o -> o.write(text));
      }
    }
    return this;
  }

  public byte[] done() {
    return bytes.toByteArray();
  }

  private MessageBytes write(Write write) {
    try {
      write.to(out);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
