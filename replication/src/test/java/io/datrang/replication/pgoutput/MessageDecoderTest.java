package io.datrang.replication.pgoutput;

import static io.datrang.replication.pgoutput.MessageBytes.UNCHANGED;
import static io.datrang.replication.pgoutput.MessageBytes.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.datrang.replication.pgoutput.Message.Truncate;
import io.datrang.replication.pgoutput.Message.Type;
import io.datrang.replication.pgoutput.Message.Update;
import io.datrang.types.Lsn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageDecoderTest {
  private Message decode(byte[] bytes) {
    return MessageDecoder.decode(ByteBuffer.wrap(bytes));
  }

  private static List<String> values(Tuple tuple) {
    TupleView view = new TupleView();
    view.load(tuple);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < view.columns(); i++) {
      values.add(
          view.isNull(i)
              ? null
              : view.isUnchanged(i)
                  ? "<unchanged>"
                  : new String(
                      view.bytes(),
                      view.from(i),
                      view.to(i) - view.from(i),
                      StandardCharsets.UTF_8));
    }
    return values;
  }

  @Test
  void beginAndCommitCarryPositions() {
    assertThat(decode(MessageBytes.begin(0xA78))).isEqualTo(new Begin(new Lsn(0xA78), 0, 7));
    assertThat(decode(MessageBytes.commit(0xA78, 0xAA8)))
        .isEqualTo(new Commit(new Lsn(0xA78), new Lsn(0xAA8), 0));
  }

  @Test
  void relationKeepsColumnsInOrder() {
    Relation relation = (Relation) decode(MessageBytes.relation(16384, "t", 'd', "*id:23", "v:25"));
    assertThat(relation.namespace()).isEqualTo("public");
    assertThat(relation.identity()).isEqualTo('d');
    assertThat(relation.attributes())
        .containsExactly(
            new Message.Attribute(true, "id", 23, -1), new Message.Attribute(false, "v", 25, -1));
  }

  @Test
  void emptyNamespaceIsPgCatalog() {
    byte[] bytes = message('R').int32(1).text("").text("t").int8('d').int16(0).done();
    assertThat(((Relation) decode(bytes)).namespace()).isEqualTo("pg_catalog");
  }

  @Test
  void insertHasNullsUnchangedAndText() {
    Insert insert = (Insert) decode(MessageBytes.insert(5, 1, null, UNCHANGED, "ü", ""));
    assertThat(insert.relation()).isEqualTo(5);
    assertThat(values(insert.row())).containsExactly("1", null, "<unchanged>", "ü", "");
  }

  @Test
  void viewSaysWhatKindsARowHas() {
    TupleView view = new TupleView();
    view.load(((Insert) decode(MessageBytes.insert(5, 1, UNCHANGED))).row());
    assertThat(view.hasUnchanged()).isTrue();
    assertThat(view.hasBinary()).isFalse();
    view.load(((Insert) decode(MessageBytes.insert(5, 1, new byte[] {0, 1}))).row());
    assertThat(view.hasUnchanged()).isFalse();
    assertThat(view.hasBinary()).isTrue();
  }

  @Test
  void G11_rowMayHaveManyColumns() {
    Object[] row = new Object[1600];
    java.util.Arrays.setAll(row, i -> "c" + i);
    assertThat(values(((Insert) decode(MessageBytes.insert(5, row))).row()))
        .hasSize(1600)
        .endsWith("c1599");
  }

  @Test
  void updateHasOldRowOnlyWhenSent() {
    Update plain = (Update) decode(MessageBytes.update(5, 1, "x"));
    assertThat(plain.old()).isNull();
    assertThat(values(plain.row())).containsExactly("1", "x");

    Update keyChange =
        (Update) decode(MessageBytes.updateOld(5, 'K', new Object[] {1, null}, 2, "x"));
    assertThat(keyChange.oldKind()).isEqualTo('K');
    assertThat(values(keyChange.old())).containsExactly("1", null);
    assertThat(values(keyChange.row())).containsExactly("2", "x");

    Update full =
        (Update) decode(MessageBytes.updateOld(5, 'O', new Object[] {1, "w"}, 1, UNCHANGED));
    assertThat(full.oldKind()).isEqualTo('O');
  }

  @Test
  void deleteTellsKeyFromWholeRow() {
    Delete delete = (Delete) decode(MessageBytes.delete(5, 'K', 1, null));
    assertThat(delete.oldKind()).isEqualTo('K');
    assertThat(values(delete.old())).containsExactly("1", null);
  }

  @Test
  void truncateListsRelations() {
    byte[] bytes = message('T').int32(2).int8(3).int32(11).int32(12).done();
    assertThat(decode(bytes)).isEqualTo(new Truncate(true, true, List.of(11, 12)));
  }

  @Test
  void originTypeAndLogicalMessage() {
    assertThat(decode(message('O').int64(1).text("o").done()))
        .isEqualTo(new Origin(new Lsn(1), "o"));
    assertThat(decode(message('Y').int32(9).text("public").text("mood").done()))
        .isEqualTo(new Type(9, "public", "mood"));
    LogicalMessage m =
        (LogicalMessage)
            decode(message('M').int8(1).int64(3).text("p").int32(2).int8('h').int8('i').done());
    assertThat(m.transactional()).isTrue();
    assertThat(m.prefix()).isEqualTo("p");
    assertThat(m.content()).asString().isEqualTo("hi");
  }

  @Test
  void messagesInsideABlockCarryTheirTransaction() {
    assertThat(decode(message('S').int32(77).int8(1).done())).isEqualTo(new StreamStart(77, true));
    ByteBuffer inBlock =
        ByteBuffer.wrap(message('I').int32(78).int32(5).int8('N').tuple("1").done());
    assertThat(MessageDecoder.xid(inBlock)).isEqualTo(78);
    Insert insert = (Insert) MessageDecoder.decode(MessageDecoder.plain(inBlock));
    assertThat(insert.relation()).isEqualTo(5);
    assertThat(values(insert.row())).containsExactly("1");
    assertThat(decode(message('c').int32(77).int8(0).int64(1).int64(2).int64(3).done()))
        .isEqualTo(new StreamCommit(77, new Lsn(1), new Lsn(2), 3));
    assertThatThrownBy(() -> MessageDecoder.xid(ByteBuffer.wrap(message('I').int16(1).done())))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void D7_streamAbortOfProtocol4HasSixteenMoreBytes() {
    assertThat(decode(message('A').int32(77).int32(78).done())).isEqualTo(new StreamAbort(77, 78));
    assertThat(decode(message('A').int32(77).int32(78).int64(1).int64(2).done()))
        .isEqualTo(new StreamAbort(77, 78));
    assertThatThrownBy(() -> decode(message('A').int32(77).int32(78).int64(1).done()))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void D11_unknownMessageIsAClearError() {
    assertThatThrownBy(() -> decode(message('Z').done()))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessage("unknown pgoutput message 0x5a 'Z'");
    assertThatThrownBy(() -> decode(message('P').done())).hasMessageContaining("two-phase");
  }

  @Test
  void rowOfUnknownKindIsAnError() {
    assertThatThrownBy(() -> decode(message('D').int32(5).int8('X').tuple("1").done()))
        .hasMessage("DELETE has an old row of unknown kind 'X'");
    assertThatThrownBy(() -> decode(message('I').int32(5).int8('K').tuple("1").done()))
        .hasMessage("INSERT has a tuple of kind 'K' where 'N' belongs");
    assertThatThrownBy(
            () -> decode(message('I').int32(5).int8('N').int16(1).int8('q').int32(0).done()))
        .hasMessage("unknown kind of column value: 'q'");
  }

  @Test
  void everyCutOfEveryMessageIsAnErrorAndNothingElse() {
    List<byte[]> messages =
        List.of(
            MessageBytes.begin(1),
            MessageBytes.commit(1, 2),
            MessageBytes.relation(1, "t", 'd', "*id:23", "v:25"),
            MessageBytes.insert(5, 1, null, "abc"),
            MessageBytes.updateOld(5, 'O', new Object[] {1, "w"}, 1, UNCHANGED),
            MessageBytes.delete(5, 'K', 1, null),
            MessageBytes.truncate(1, 2, 3),
            message('M').int8(1).int64(3).text("p").int32(2).int8('h').int8('i').done());
    for (byte[] bytes : messages) {
      for (int length = 0; length < bytes.length; length++) {
        byte[] cut = java.util.Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> decode(cut)).isInstanceOf(MalformedMessageException.class);
      }
      byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 1);
      assertThatThrownBy(() -> decode(longer)).isInstanceOf(MalformedMessageException.class);
    }
  }

  @Test
  void mutatedMessagesNeverEscapeTheirBounds() {
    long seed = 20261101;
    Random random = new Random(seed);
    byte[] update = MessageBytes.updateOld(5, 'O', new Object[] {1, "w", null}, 1, UNCHANGED, "x");
    byte[] relation = MessageBytes.relation(1, "t", 'd', "*id:23", "v:25");
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = (i % 2 == 0 ? update : relation).clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      assertThatCode(() -> decodeOrRefuse(bytes)).as("seed %d", seed).doesNotThrowAnyException();
    }
  }

  private void decodeOrRefuse(byte[] bytes) {
    try {
      if (MessageDecoder.decode(bytes, 0, bytes.length) instanceof Update update) {
        values(update.row());
      }
    } catch (MalformedMessageException expected) {
      // refused, as it should be
    }
  }
}
