package io.datrang.replication.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.MessageBytes;
import io.datrang.replication.testing.MemoryStorage;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransactionAssemblerTest {
  private static final int SOURCE = 16384;
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "columnar",
          "t",
          List.of(
              new Column(1, "id", ColumnType.of("integer", 23, -1, StorageKind.INT4), true),
              new Column(2, "v", ColumnType.of("text", 25, -1, StorageKind.TEXT), false)),
          List.of(1));
  private static final byte[] RELATION = MessageBytes.relation(SOURCE, "t", 'd', "*id:23", "v:25");

  @TempDir Path directory;
  private final MemoryStorage storage = MemoryStorage.detached();
  private FollowedTables tables;
  private TransactionAssembler assembler;

  @BeforeEach
  void open() {
    storage.create(TABLE);
    tables = new FollowedTables(storage, (id, reason) -> {});
    assembler = newAssembler(100);
  }

  private TransactionAssembler newAssembler(int batchChangesMax) {
    return new TransactionAssembler(
        storage,
        tables,
        new IgnoredMessages(),
        new ApplyLimits(batchChangesMax, 1 << 20, 300, 300, directory),
        "key",
        new CommitTimes((arrived, decoded, visible) -> {}));
  }

  @AfterEach
  void close() {
    assembler.close();
    tables.close();
    storage.close();
    assertThat(directory).isEmptyDirectory();
  }

  private void follow() {
    tables.follow(FollowedTable.live(TABLE, List.of(SOURCE), Lsn.ZERO));
  }

  private void send(byte[]... messages) {
    for (byte[] message : messages) {
      assembler.accept(ByteBuffer.wrap(message));
    }
  }

  /** A transaction whose COMMIT record is at {@code commit} and ends 8 later. */
  private void transaction(long commit, byte[]... changes) {
    send(MessageBytes.begin(commit));
    send(changes);
    send(MessageBytes.commit(commit, commit + 8));
  }

  private List<String> ids() {
    return storage.rows(1).stream().map(r -> r.get(0)).sorted().toList();
  }

  @Test
  void nothingIsAppliedBeforeItsCommit() {
    follow();
    send(MessageBytes.begin(100), RELATION, MessageBytes.insert(SOURCE, 1, "a"));
    assembler.flush();
    assertThat(ids()).isEmpty();
    send(MessageBytes.commit(100, 108));
    assembler.flush();
    assertThat(ids()).containsExactly("1");
    assertThat(storage.appliedLsn()).isEqualTo(new Lsn(108));
  }

  @Test
  void A4_positionsMoveOnlyWithCommits() {
    follow();
    send(MessageBytes.begin(100), RELATION);
    assertThat(assembler.position()).isEqualTo(Lsn.ZERO);
    assembler.watermark(new Lsn(50));
    assertThat(assembler.position()).as("a transaction is open").isEqualTo(Lsn.ZERO);
    send(MessageBytes.commit(100, 108));
    assertThat(assembler.position()).isEqualTo(new Lsn(108));
    assembler.watermark(new Lsn(90));
    assertThat(assembler.position()).isEqualTo(new Lsn(108));
    assembler.watermark(new Lsn(200));
    assembler.flush();
    assertThat(storage.appliedLsn()).isEqualTo(new Lsn(200));
  }

  @Test
  void A8_transactionsThatWereTakenAreSkippedAsAWhole() {
    follow();
    transaction(100, RELATION, MessageBytes.insert(SOURCE, 1, "a"));
    assembler.flush();
    assembler.reset();
    transaction(100, RELATION, MessageBytes.insert(SOURCE, 1, "a"));
    transaction(108, MessageBytes.insert(SOURCE, 2, "b"));
    assembler.flush();
    assertThat(ids()).containsExactly("1", "2");
  }

  @Test
  void A9_lostConnectionDropsTheOpenTransaction() {
    follow();
    send(MessageBytes.begin(100), RELATION, MessageBytes.insert(SOURCE, 1, "x".repeat(1000)));
    assembler.reset();
    transaction(100, RELATION, MessageBytes.insert(SOURCE, 1, "a"));
    assembler.flush();
    assertThat(ids()).containsExactly("1");
  }

  @Test
  void D8_largeTransactionComesInPartsButAppearsAtOnce() {
    assembler.close();
    assembler = newAssembler(10);
    follow();
    byte[][] changes = new byte[101][];
    changes[0] = RELATION;
    for (int i = 1; i <= 100; i++) {
      changes[i] = MessageBytes.insert(SOURCE, i, "v");
    }
    int[] visible = {0};
    storage.beforeApply(() -> visible[0] = storage.appliedLsn().equals(Lsn.ZERO) ? 1 : 2);
    transaction(100, changes);
    assembler.flush();
    assertThat(visible[0]).isEqualTo(1);
    assertThat(ids()).hasSize(100);
    assertThat(storage.appliedLsn()).isEqualTo(new Lsn(108));
  }

  @Test
  void unknownRelationsAreIgnored() {
    follow();
    transaction(
        100,
        MessageBytes.relation(99, "u", 'd', "*id:23"),
        MessageBytes.insert(99, 1),
        MessageBytes.truncate(99, SOURCE, 98),
        RELATION,
        MessageBytes.insert(SOURCE, 1, "a"));
    assembler.flush();
    assertThat(ids()).containsExactly("1");
  }

  @Test
  void B1_copiedTransactionsAreDroppedAndLaterOnesKept() {
    FollowedTable table =
        FollowedTable.stashing(TABLE, List.of(SOURCE), new SpillQueue(directory, 100));
    tables.follow(table);
    transaction(100, RELATION, MessageBytes.insert(SOURCE, 1, "in the copy"));
    transaction(120, MessageBytes.insert(SOURCE, 2, "after"));
    transaction(140, MessageBytes.update(SOURCE, 2, "changed"));
    assembler.flush();
    assertThat(ids()).isEmpty();
    table.drain(new Lsn(120));
    transaction(160, MessageBytes.insert(SOURCE, 3, "while draining"));
    assertThat(assembler.drain(table)).isTrue();
    table.goLive();
    transaction(180, MessageBytes.insert(SOURCE, 4, "live"));
    assembler.flush();
    assertThat(storage.rows(1))
        .containsExactlyInAnyOrder(
            Arrays.asList("2", "changed"),
            Arrays.asList("3", "while draining"),
            Arrays.asList("4", "live"));
  }

  @Test
  void B1_oldDefinitionBeforeTheCopyDoesNotMatter() {
    FollowedTable table =
        FollowedTable.stashing(TABLE, List.of(SOURCE), new SpillQueue(directory, 1000));
    tables.follow(table);
    transaction(
        100, MessageBytes.relation(SOURCE, "t", 'd', "*id:23"), MessageBytes.insert(SOURCE, 1));
    transaction(120, RELATION, MessageBytes.insert(SOURCE, 2, "after"));
    table.drain(new Lsn(110));
    assertThat(assembler.drain(table)).isTrue();
    assembler.flush();
    assertThat(storage.failure(1)).isEmpty();
    assertThat(ids()).containsExactly("2");
  }

  @Test
  void E_dropAndAddOfAColumnIsSeenByItsPlace() {
    follow();
    transaction(
        100,
        MessageBytes.relation(SOURCE, "t", 'd', "v:25", "*id:23"),
        MessageBytes.insert(SOURCE, "a", 1));
    assembler.flush();
    assertThat(storage.failure(1)).hasValueSatisfying(m -> assertThat(m).contains("definition"));
    assertThat(storage.appliedLsn()).isEqualTo(new Lsn(108));
  }

  @Test
  void C16_tableWhoseChangeLacksItsKeyStopsAndOthersGoOn() {
    follow();
    transaction(100, RELATION, MessageBytes.delete(SOURCE, 'K', null, null));
    transaction(120, MessageBytes.insert(SOURCE, 1, "dropped"));
    assembler.flush();
    assertThat(storage.failure(1))
        .hasValueSatisfying(m -> assertThat(m).contains("publication or the identity is altered"));
    assertThat(storage.appliedLsn()).isEqualTo(new Lsn(128));
    assertThat(ids()).isEmpty();
  }

  @Test
  void D11_changeThatCannotBeReadStopsItsTableAndOthersGoOn() {
    follow();
    byte[] insert = MessageBytes.insert(SOURCE, 1, "one");
    transaction(100, RELATION, Arrays.copyOf(insert, insert.length - 1));
    transaction(120, MessageBytes.insert(SOURCE, 2, "dropped"));
    assembler.flush();
    assertThat(storage.failure(1))
        .hasValueSatisfying(m -> assertThat(m).contains("a change of its source cannot be read"));
    assertThat(storage.appliedLsn()).isEqualTo(new Lsn(128));
    byte[] another = MessageBytes.insert(SOURCE + 1, 1, "one");
    assertThatThrownBy(() -> transaction(140, Arrays.copyOf(another, 3)))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void D11_changeThatCannotBeReadOfATableNotFollowedIsIgnored() {
    follow();
    byte[] another = MessageBytes.insert(SOURCE + 1, 1, "one");
    transaction(100, RELATION, Arrays.copyOf(another, another.length - 1));
    transaction(120, MessageBytes.insert(SOURCE, 2, "kept"));
    assembler.flush();
    assertThat(storage.failure(1)).isEmpty();
    assertThat(ids()).containsExactly("2");
  }

  /** A block of a streamed transaction; each message belongs to {@code xid}. */
  private void block(int top, boolean first, int xid, byte[]... messages) {
    send(MessageBytes.message('S').int32(top).int8(first ? 1 : 0).done());
    for (byte[] message : messages) {
      byte[] inBlock = new byte[message.length + 4];
      ByteBuffer.wrap(inBlock).put(message[0]).putInt(xid).put(message, 1, message.length - 1);
      send(inBlock);
    }
    send(MessageBytes.message('E').done());
  }

  private void streamCommit(int top, long commit) {
    send(
        MessageBytes.message('c')
            .int32(top)
            .int8(0)
            .int64(commit)
            .int64(commit + 8)
            .int64(0)
            .done());
  }

  private void streamAbort(int top, int sub) {
    send(MessageBytes.message('A').int32(top).int32(sub).done());
  }

  @Test
  void D1_abortOfASubtransactionTakesItsChildrenToo() {
    follow();
    block(7, true, 7, RELATION, MessageBytes.insert(SOURCE, 1, "x".repeat(400)));
    block(7, false, 8, MessageBytes.insert(SOURCE, 2, "sub"));
    block(7, false, 9, MessageBytes.insert(SOURCE, 3, "child"));
    streamAbort(7, 8);
    block(7, false, 10, MessageBytes.insert(SOURCE, 4, "after"));
    block(7, false, 11, MessageBytes.insert(SOURCE, 5, "gone"));
    streamAbort(7, 11);
    streamAbort(7, 12);
    block(7, false, 7, MessageBytes.insert(SOURCE, 6, "last"));
    assembler.flush();
    assertThat(ids()).isEmpty();
    streamCommit(7, 200);
    assembler.flush();
    assertThat(ids()).containsExactly("1", "4", "6");
    assertThat(storage.appliedLsn()).isEqualTo(new Lsn(208));
  }

  @Test
  void D3_abortOfAllLeavesNothingAndTheIdMayComeAgain() {
    follow();
    block(7, true, 7, RELATION, MessageBytes.insert(SOURCE, 1, "x".repeat(400)));
    streamAbort(7, 7);
    block(7, true, 7, RELATION, MessageBytes.insert(SOURCE, 2, "b"));
    streamCommit(7, 200);
    assembler.flush();
    assertThat(ids()).containsExactly("2");
  }

  @Test
  void D4_streamedTransactionsApplyWhenTheyCommit() {
    follow();
    block(7, true, 7, RELATION, MessageBytes.insert(SOURCE, 1, "seven"));
    block(8, true, 8, RELATION, MessageBytes.insert(SOURCE, 2, "eight"));
    transaction(100, RELATION, MessageBytes.insert(SOURCE, 3, "plain"));
    block(7, false, 7, MessageBytes.update(SOURCE, 3, "by seven"));
    streamCommit(8, 120);
    transaction(140, MessageBytes.delete(SOURCE, 'K', 2, null));
    streamCommit(7, 160);
    assembler.flush();
    assertThat(storage.rows(1))
        .containsExactlyInAnyOrder(Arrays.asList("1", "seven"), Arrays.asList("3", "by seven"));
  }

  @Test
  void D6_abortOfAnUnknownTransactionIsIgnored() {
    follow();
    streamAbort(7, 7);
    streamAbort(7, 8);
    transaction(100, RELATION, MessageBytes.insert(SOURCE, 1, "a"));
    assembler.flush();
    assertThat(ids()).containsExactly("1");
  }

  @Test
  void A8_streamedTransactionsThatWereTakenAreSkipped() {
    follow();
    block(7, true, 7, RELATION, MessageBytes.insert(SOURCE, 1, "a"));
    streamCommit(7, 100);
    assembler.flush();
    assembler.reset();
    block(7, true, 7, RELATION, MessageBytes.insert(SOURCE, 1, "a"));
    streamCommit(7, 100);
    transaction(120, MessageBytes.insert(SOURCE, 2, "b"));
    assembler.flush();
    assertThat(ids()).containsExactly("1", "2");
  }

  @Test
  void D8_lostConnectionTakesBackTheStagedPart() {
    assembler.close();
    assembler = newAssembler(10);
    follow();
    send(MessageBytes.begin(100), RELATION);
    for (int i = 0; i < 55; i++) {
      send(MessageBytes.insert(SOURCE, i, "first attempt"));
    }
    assertThat(assembler.isMidway()).isTrue();
    assembler.reset();
    assertThat(assembler.isMidway()).isFalse();
    transaction(90, RELATION, MessageBytes.insert(SOURCE, 1, "before"));
    transaction(100, RELATION, MessageBytes.insert(SOURCE, 2, "again"));
    assembler.flush();
    assertThat(ids()).containsExactly("1", "2");
  }

  @Test
  void D10_messagesOutsideOfTransactionsHaveNoEffect() {
    follow();
    send(MessageBytes.message('M').int8(0).int64(90).text("p").int32(1).int8('x').done());
    assertThat(assembler.position()).isEqualTo(Lsn.ZERO);
    assertThatThrownBy(
            () ->
                send(
                    MessageBytes.message('M')
                        .int8(1)
                        .int64(90)
                        .text("p")
                        .int32(1)
                        .int8('x')
                        .done()))
        .hasMessageContaining("outside of any transaction");
  }

  @Test
  void messagesOutOfOrderAreErrors() {
    assertThatThrownBy(() -> streamCommit(7, 100))
        .hasMessageContaining("of which nothing was sent");
    assertThatThrownBy(() -> block(7, false, 7)).hasMessageContaining("does not continue");
    assertThatThrownBy(() -> send(MessageBytes.message('E').done()))
        .hasMessageContaining("outside of a block");
    assertThatThrownBy(() -> send(MessageBytes.insert(SOURCE, 1, "a")))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("outside of any transaction");
    assertThatThrownBy(() -> send(MessageBytes.commit(100, 108)))
        .hasMessageContaining("does not belong");
    send(MessageBytes.begin(100));
    assertThatThrownBy(() -> send(MessageBytes.begin(100))).hasMessageContaining("inside");
    follow();
    send(MessageBytes.insert(SOURCE, 1, "a"));
    assertThatThrownBy(() -> send(MessageBytes.commit(100, 108)))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("before the table's description");
  }
}
