package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.replication.pgoutput.MessageDecoder;
import io.datrang.replication.testing.MemoryStorage;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Recorded messages, some of them damaged, given to an assembler. */
public final class FuzzedStream {
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "columnar",
          "t",
          List.of(
              new Column(1, "id", ColumnType.of("integer", 23, -1, StorageKind.INT4), true),
              new Column(2, "v", ColumnType.of("text", 25, -1, StorageKind.TEXT), false)),
          List.of(1));

  private FuzzedStream() {}

  /**
   * @param seed of the damage, null for none
   * @return whether the stream was refused, or its table stopped
   */
  public static boolean run(List<byte[]> messages, Long seed, Path directory) {
    MemoryStorage storage = MemoryStorage.detached();
    storage.create(TABLE);
    FollowedTables tables = new FollowedTables(storage, (id, reason) -> {});
    TransactionAssembler assembler =
        new TransactionAssembler(
            storage,
            tables,
            new IgnoredMessages(),
            new ApplyLimits(50, 1 << 16, 1 << 12, 1 << 12, directory),
            "key",
            new CommitTimes((arrived, decoded, visible) -> {}));
    tables.follow(FollowedTable.live(TABLE, List.of(oid(messages)), Lsn.ZERO));
    Random random = seed == null ? null : new Random(seed);
    int damagedFrom = random == null ? 0 : random.nextInt(messages.size());
    try {
      for (int i = 0; i < messages.size(); i++) {
        byte[] message = messages.get(i).clone();
        if (random != null && i >= damagedFrom && random.nextInt(20) == 0) {
          message = damaged(message, random);
        }
        if (message.length > 0) {
          assembler.accept(ByteBuffer.wrap(message));
        }
      }
      assembler.flush();
      return storage.failure(1).isPresent();
    } catch (MalformedMessageException e) {
      return true;
    } catch (IllegalStateException e) {
      if (e.getMessage().startsWith(TABLE.tableName() + ": ")) {
        return true; // storage's own: a damaged key met another row's
      }
      throw e;
    } finally {
      assembler.close();
      tables.close();
      storage.close();
    }
  }

  private static byte[] damaged(byte[] message, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> java.util.Arrays.copyOf(message, random.nextInt(message.length + 1));
      case 1 -> java.util.Arrays.copyOf(message, message.length + 1 + random.nextInt(4));
      default -> {
        for (int n = random.nextInt(3); n >= 0; n--) {
          message[random.nextInt(message.length)] = (byte) random.nextInt(256);
        }
        yield message;
      }
    };
  }

  /** Of the table that is announced first, inside a block or not. */
  private static int oid(List<byte[]> messages) {
    boolean inBlock = false;
    for (byte[] message : messages) {
      inBlock = message[0] == 'S' || inBlock && message[0] != 'E';
      if (message[0] == 'R') {
        ByteBuffer bytes = ByteBuffer.wrap(message.clone());
        return ((Relation) MessageDecoder.decode(inBlock ? MessageDecoder.plain(bytes) : bytes))
            .id();
      }
    }
    throw new IllegalArgumentException("no table is announced");
  }
}
