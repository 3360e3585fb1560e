package io.datrang.replication.pgoutput;

import io.datrang.replication.pgoutput.Message.Attribute;
import io.datrang.replication.pgoutput.Message.Begin;
import io.datrang.replication.pgoutput.Message.Commit;
import io.datrang.replication.pgoutput.Message.Delete;
import io.datrang.replication.pgoutput.Message.Insert;
import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.replication.pgoutput.Message.Origin;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.replication.pgoutput.Message.StreamAbort;
import io.datrang.replication.pgoutput.Message.StreamCommit;
import io.datrang.replication.pgoutput.Message.StreamStart;
import io.datrang.replication.pgoutput.Message.StreamStop;
import io.datrang.replication.pgoutput.Message.Truncate;
import io.datrang.replication.pgoutput.Message.Type;
import io.datrang.replication.pgoutput.Message.Update;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Decodes messages; any thread. Inside the blocks of a streamed transaction (protocol 2 and later)
 * messages carry a transaction id after their kind, which {@link #xid} reads and {@link #plain}
 * takes out. Rows keep pointing into the given array.
 */
public final class MessageDecoder {
  private static final int TRUNCATE_CASCADE = 1;
  private static final int TRUNCATE_RESTART_IDENTITY = 2;
  private static final int ABORT_INFO_BYTES = 16;

  /** Decodes an array-backed buffer from its position to its limit. */
  public static Message decode(ByteBuffer message) {
    int from = message.arrayOffset() + message.position();
    return decode(message.array(), from, from + message.remaining());
  }

  /** The (sub)transaction that made a change inside a block. */
  public static int xid(ByteBuffer message) {
    if (message.remaining() < 1 + Integer.BYTES) {
      throw new MalformedMessageException("message ends inside its transaction id");
    }
    return message.getInt(message.position() + 1);
  }

  /** Oid of the relation a row change is of, as far as that can be read. */
  public static OptionalInt changed(ByteBuffer message) {
    boolean change = "IUD".indexOf(message.get(message.position())) >= 0;
    return change && message.remaining() > Integer.BYTES
        ? OptionalInt.of(message.getInt(message.position() + 1))
        : OptionalInt.empty();
  }

  /** A message of a block as it is outside of one; in place. */
  public static ByteBuffer plain(ByteBuffer message) {
    int kindAt = message.position() + Integer.BYTES;
    message.put(kindAt, message.get(message.position()));
    return message.position(kindAt);
  }

  public static Message decode(byte[] bytes, int from, int to) {
    ByteReader in = new ByteReader(bytes, from, to);
    byte kind = in.int8("message kind");
    Message message = decode(kind, in);
    if (in.remaining() != 0) {
      throw new MalformedMessageException(
          "message '" + (char) kind + "' is " + in.remaining() + " bytes longer than its content");
    }
    return message;
  }

  private static Message decode(byte kind, ByteReader in) {
    return switch (kind) {
      case 'B' -> new Begin(in.lsn("final lsn"), in.int64("commit time"), in.int32("xid"));
      case 'C' -> commit(in);
      case 'O' -> new Origin(in.lsn("origin lsn"), in.string("origin name"));
      case 'R' -> relation(in);
      case 'Y' ->
          new Type(in.int32("type oid"), in.string("type namespace"), in.string("type name"));
      case 'I' -> insert(in);
      case 'U' -> update(in);
      case 'D' -> delete(in);
      case 'T' -> truncate(in);
      case 'M' -> logicalMessage(in);
      case 'S' -> streamStart(in);
      case 'E' -> new StreamStop();
      case 'c' -> streamCommit(in);
      case 'A' -> streamAbort(in);
      case 'b', 'P', 'K', 'r', 'p' ->
          throw new MalformedMessageException(
              "message '" + (char) kind + "' of two-phase decoding, which was not asked for");
      default ->
          throw new MalformedMessageException(
              String.format("unknown pgoutput message 0x%02x '%c'", kind & 0xFF, kind & 0xFF));
    };
  }

  private static Commit commit(ByteReader in) {
    in.int8("commit flags");
    return new Commit(in.lsn("commit lsn"), in.lsn("end lsn"), in.int64("commit time"));
  }

  private static Relation relation(ByteReader in) {
    int id = in.int32("relation oid");
    String namespace = in.string("relation namespace");
    String name = in.string("relation name");
    char identity = (char) in.int8("replica identity");
    int count = in.unsignedShort("column count");
    List<Attribute> attributes = new ArrayList<>(Math.min(count, 1664));
    for (int i = 0; i < count; i++) {
      boolean key = (in.int8("column flags") & 1) != 0;
      attributes.add(
          new Attribute(
              key, in.string("column name"), in.int32("type oid"), in.int32("type modifier")));
    }
    // An empty namespace is how pgoutput writes pg_catalog.
    return new Relation(
        id, namespace.isEmpty() ? "pg_catalog" : namespace, name, identity, attributes);
  }

  private static Insert insert(ByteReader in) {
    int relation = in.int32("relation oid");
    expect(in.int8("tuple kind"), 'N', "INSERT");
    return new Insert(relation, Tuple.read(in));
  }

  private static Update update(ByteReader in) {
    int relation = in.int32("relation oid");
    byte kind = in.int8("tuple kind");
    if (kind == 'N') {
      return new Update(relation, (char) 0, null, Tuple.read(in));
    }
    Tuple old = oldTuple(kind, in, "UPDATE");
    expect(in.int8("tuple kind"), 'N', "UPDATE");
    return new Update(relation, (char) kind, old, Tuple.read(in));
  }

  private static Delete delete(ByteReader in) {
    int relation = in.int32("relation oid");
    byte kind = in.int8("tuple kind");
    return new Delete(relation, (char) kind, oldTuple(kind, in, "DELETE"));
  }

  private static Tuple oldTuple(byte kind, ByteReader in, String message) {
    if (kind != 'K' && kind != 'O') {
      throw new MalformedMessageException(
          message + " has an old row of unknown kind '" + (char) (kind & 0xFF) + "'");
    }
    return Tuple.read(in);
  }

  private static Truncate truncate(ByteReader in) {
    int count = in.int32("relation count");
    int flags = in.int8("truncate flags");
    if (count < 0 || count > in.remaining() / 4) {
      throw new MalformedMessageException("TRUNCATE of " + count + " relations");
    }
    List<Integer> relations = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      relations.add(in.int32("relation oid"));
    }
    return new Truncate(
        (flags & TRUNCATE_CASCADE) != 0, (flags & TRUNCATE_RESTART_IDENTITY) != 0, relations);
  }

  private static LogicalMessage logicalMessage(ByteReader in) {
    boolean transactional = (in.int8("message flags") & 1) != 0;
    var lsn = in.lsn("message lsn");
    String prefix = in.string("message prefix");
    byte[] content = in.content(in.int32("message length"), "message content");
    return new LogicalMessage(transactional, lsn, prefix, content);
  }

  private static StreamStart streamStart(ByteReader in) {
    return new StreamStart(in.int32("xid"), in.int8("first segment") != 0);
  }

  private static StreamCommit streamCommit(ByteReader in) {
    int xid = in.int32("xid");
    in.int8("commit flags");
    return new StreamCommit(xid, in.lsn("commit lsn"), in.lsn("end lsn"), in.int64("commit time"));
  }

  private static StreamAbort streamAbort(ByteReader in) {
    StreamAbort abort = new StreamAbort(in.int32("xid"), in.int32("subtransaction xid"));
    if (in.remaining() == ABORT_INFO_BYTES) {
      in.skip(ABORT_INFO_BYTES, "abort position and time"); // protocol 4
    }
    return abort;
  }

  private static void expect(byte kind, char wanted, String message) {
    if (kind != wanted) {
      throw new MalformedMessageException(
          message
              + " has a tuple of kind '"
              + (char) (kind & 0xFF)
              + "' where '"
              + wanted
              + "' belongs");
    }
  }
}
