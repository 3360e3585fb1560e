package io.datrang.replication.fold;

import static io.datrang.replication.pgoutput.MessageBytes.UNCHANGED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.replication.pgoutput.Message;
import io.datrang.replication.pgoutput.MessageBytes;
import io.datrang.replication.pgoutput.MessageDecoder;
import io.datrang.replication.testing.MemoryStorage;
import io.datrang.storage.ChangeBatch;
import io.datrang.storage.TableChanges;
import io.datrang.testing.Seeds;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableFoldTest {
  private static final ColumnType INT4 = ColumnType.of("integer", 23, -1, StorageKind.INT4);
  private static final ColumnType TEXT = ColumnType.of("text", 25, -1, StorageKind.TEXT);

  /** id is the key; big and large are stored out of line. */
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "columnar",
          "t",
          List.of(
              new Column(1, "id", INT4, true),
              new Column(2, "v", TEXT, false),
              new Column(3, "big", TEXT, false),
              new Column(4, "large", TEXT, false)),
          List.of(1));

  private final MemoryStorage storage = MemoryStorage.detached();
  private TableFold fold = new TableFold(TABLE);
  private long position;

  @BeforeEach
  void createTable() {
    storage.create(TABLE);
  }

  @AfterEach
  void closeStorage() {
    storage.close();
  }

  private void take(byte[] message) {
    Message decoded = new MessageDecoder().decode(message, 0, message.length);
    if (decoded instanceof Message.Insert m) {
      fold.insert(m.row());
    } else if (decoded instanceof Message.Update m) {
      fold.update(m.oldKind(), m.old(), m.row());
    } else if (decoded instanceof Message.Delete m) {
      fold.delete(m.oldKind(), m.old());
    }
  }

  private void insert(Object... row) {
    take(MessageBytes.insert(1, row));
  }

  private void update(Object... row) {
    take(MessageBytes.update(1, row));
  }

  private void updateKey(int oldId, Object... row) {
    take(MessageBytes.updateOld(1, 'K', new Object[] {oldId, null, null, null}, row));
  }

  private void delete(int id) {
    take(MessageBytes.delete(1, 'K', id, null, null, null));
  }

  /** Applies what was folded and starts a new batch. */
  private void batch() {
    try (TableChanges changes = fold.changes(storage)) {
      storage.apply(new ChangeBatch(new Lsn(++position), List.of(changes)));
    }
    fold = new TableFold(TABLE);
  }

  private static List<String> row(String... values) {
    return Arrays.asList(values);
  }

  @Test
  void insertUpdateAndDeleteOverBatches() {
    insert(1, "a", null, "");
    insert(2, "b", "B", "x");
    batch();
    update(2, "c", "C", null);
    delete(1);
    batch();
    assertThat(storage.rows(1)).containsExactly(row("2", "c", "C", null));
  }

  @Test
  void C8_insertAndDeleteInOneBatchLeavesNothing() {
    insert(1, "a", null, null);
    update(1, "b", null, null);
    delete(1);
    try (TableChanges changes = fold.changes(storage)) {
      assertThat(changes.deletes()).isNull();
      assertThat(changes.upserts()).isNull();
    }
  }

  @Test
  void C7_deleteAndReinsertKeepsTheLastState() {
    insert(1, "a", null, null);
    batch();
    delete(1);
    insert(1, "b", null, null);
    delete(1);
    insert(1, "c", null, null);
    batch();
    assertThat(storage.rows(1)).containsExactly(row("1", "c", null, null));
  }

  @Test
  void C6_keyChainsAndSwapsFollowTheRow() {
    insert(1, "one", null, null);
    insert(2, "two", null, null);
    batch();
    updateKey(1, 9, "one", null, null);
    updateKey(2, 1, "two", null, null);
    updateKey(9, 2, "one", null, null);
    updateKey(2, 3, "one", null, null);
    batch();
    assertThat(storage.rows(1))
        .containsExactlyInAnyOrder(row("1", "two", null, null), row("3", "one", null, null));
  }

  @Test
  void C1_unchangedValueComesFromStorage() {
    insert(1, "a", "BIG", "LARGE");
    insert(2, "b", "BIG2", null);
    batch();
    update(1, "c", UNCHANGED, UNCHANGED);
    update(2, "d", UNCHANGED, null);
    batch();
    assertThat(storage.rows(1))
        .containsExactlyInAnyOrder(row("1", "c", "BIG", "LARGE"), row("2", "d", "BIG2", null));
  }

  @Test
  void C1_unchangedValueChainsThroughABatch() {
    insert(1, "a", "BIG", "LARGE");
    batch();
    for (int i = 0; i < 100; i++) {
      update(1, "v" + i, UNCHANGED, i % 10 == 3 ? "L" + i : UNCHANGED);
    }
    batch();
    assertThat(storage.rows(1)).containsExactly(row("1", "v99", "BIG", "L93"));
  }

  @Test
  void C1_unchangedValueOfARowInsertedInTheSameBatch() {
    insert(1, "a", "BIG", "LARGE");
    update(1, "b", UNCHANGED, "NEW");
    update(1, "c", UNCHANGED, UNCHANGED);
    batch();
    assertThat(storage.rows(1)).containsExactly(row("1", "c", "BIG", "NEW"));
  }

  @Test
  void C2_unchangedValueIsFoundUnderTheOldKey() {
    insert(1, "a", "BIG1", null);
    insert(2, "b", "BIG2", null);
    batch();
    updateKey(1, 3, "a", UNCHANGED, null);
    updateKey(2, 1, "b", UNCHANGED, null);
    update(1, "bb", UNCHANGED, null);
    updateKey(3, 4, "aa", UNCHANGED, null);
    insert(2, "new", "BIG3", null);
    batch();
    assertThat(storage.rows(1))
        .containsExactlyInAnyOrder(
            row("4", "aa", "BIG1", null),
            row("1", "bb", "BIG2", null),
            row("2", "new", "BIG3", null));
  }

  @Test
  void C3_unchangedValueComesFromTheOldRowOfIdentityFull() {
    insert(1, "a", "BIG", "LARGE");
    batch();
    take(
        MessageBytes.updateOld(
            1, 'O', new Object[] {1, "a", "BIG", "LARGE"}, 1, "b", UNCHANGED, UNCHANGED));
    take(
        MessageBytes.updateOld(
            1, 'O', new Object[] {1, "b", "BIG", "LARGE"}, 2, "c", UNCHANGED, "L2"));
    batch();
    assertThat(storage.rows(1)).containsExactly(row("2", "c", "BIG", "L2"));
    take(MessageBytes.delete(1, 'O', 2, "c", "BIG", "L2"));
    batch();
    assertThat(storage.rows(1)).isEmpty();
  }

  @Test
  void C1_missingOldValueStopsTheTable() {
    update(1, "c", UNCHANGED, null);
    assertThatThrownBy(this::batch)
        .isInstanceOf(TableStoppedException.class)
        .hasMessageContaining("row (1) was updated, but the copy does not have it");
  }

  @Test
  void C5_nullsOfAKeyTupleAreNotValues() {
    insert(1, "a", null, null);
    batch();
    updateKey(1, 2, "a", "X", "Y");
    batch();
    assertThat(storage.rows(1)).containsExactly(row("2", "a", "X", "Y"));
  }

  @Test
  void C16_changeWithoutItsKeyStopsTheTable() {
    assertThatThrownBy(() -> take(MessageBytes.delete(1, 'K', null, null, null, null)))
        .isInstanceOf(TableStoppedException.class)
        .hasMessageContaining("without key column \"id\"");
  }

  @Test
  void C17_truncateEmptiesWhatCameBefore() {
    insert(1, "a", null, null);
    insert(2, "b", null, null);
    batch();
    insert(3, "c", null, null);
    update(1, "aa", null, null);
    fold.truncate();
    insert(1, "new", null, null);
    batch();
    assertThat(storage.rows(1)).containsExactly(row("1", "new", null, null));
    fold.truncate();
    batch();
    assertThat(storage.rows(1)).isEmpty();
  }

  @Test
  void changesThatDoNotFitTogetherStopTheTable() {
    insert(1, "a", null, null);
    assertThatThrownBy(() -> insert(1, "b", null, null)).hasMessageContaining("inserted twice");
    delete(1);
    assertThatThrownBy(() -> delete(1)).hasMessageContaining("deleted but does not exist");
    assertThatThrownBy(() -> update(1, "b", null, null))
        .hasMessageContaining("updated but does not exist");
    fold.truncate();
    assertThatThrownBy(() -> delete(7)).hasMessageContaining("row (7) is deleted");
    insert(2, "a", null, null);
    insert(3, "a", null, null);
    assertThatThrownBy(() -> updateKey(2, 3, "a", null, null)).hasMessageContaining("twice");
  }

  @Test
  void G12_rowsOfTheWrongShapeStopTheTable() {
    assertThatThrownBy(() -> insert(1, "a")).hasMessageContaining("a row of 2 columns");
    assertThatThrownBy(() -> insert(1, "a", UNCHANGED, null))
        .hasMessageContaining("without all of its values");
    assertThatThrownBy(() -> insert(1, "a", new byte[] {1}, null)).hasMessageContaining("binary");
  }

  @Test
  void valueThatDoesNotFitStopsTheTable() {
    insert("99999999999", "a", null, null);
    assertThatThrownBy(this::batch)
        .isInstanceOf(TableStoppedException.class)
        .hasMessageContaining("column \"id\"");
  }

  @Test
  void oneBatchMayTouchManyKeys() {
    for (int i = 0; i < 5000; i++) {
      insert(i, "v", null, null);
    }
    batch();
    for (int i = 0; i < 5000; i += 2) {
      delete(i);
    }
    for (int i = 1; i < 5000; i += 2) {
      updateKey(i, -i, "w", null, null);
    }
    batch();
    assertThat(storage.rows(1)).hasSize(2500).contains(row("-4999", "w", null, null));
  }

  @Test
  void twoColumnKeysDoNotRunIntoOneAnother() {
    TableSchema pair =
        new TableSchema(
            2,
            "columnar",
            "pair",
            List.of(new Column(1, "a", TEXT, true), new Column(2, "b", TEXT, true)),
            List.of(2, 1));
    storage.create(pair);
    TableFold pairs = new TableFold(pair);
    MessageDecoder decoder = new MessageDecoder();
    for (String[] key : new String[][] {{"x", "yz"}, {"xy", "z"}, {"", "xyz"}}) {
      byte[] bytes = MessageBytes.insert(2, (Object[]) key);
      pairs.insert(((Message.Insert) decoder.decode(bytes, 0, bytes.length)).row());
    }
    try (TableChanges changes = pairs.changes(storage)) {
      storage.apply(new ChangeBatch(new Lsn(1), List.of(changes)));
    }
    assertThat(storage.rows(2)).hasSize(3);
  }

  /** Random histories against a map, in random batches. */
  @Test
  void randomHistoriesEndAsTheModel() {
    long seed = Seeds.first();
    Random random = new Random(seed);
    Map<Integer, List<String>> model = new HashMap<>();
    int next = 0;
    for (int step = 0; step < 20_000; step++) {
      int id = random.nextInt(40);
      List<String> now = model.get(id);
      int kind = random.nextInt(1000);
      if (kind == 0) {
        fold.truncate();
        model.clear();
      } else if (now == null) {
        List<String> fresh = row("" + id, "v" + next++, text(random, next), text(random, next));
        insert(fresh.toArray());
        model.put(id, fresh);
      } else if (kind < 200) {
        delete(id);
        model.remove(id);
      } else {
        boolean toasted = random.nextBoolean();
        int target = kind < 600 ? id : random.nextInt(40);
        boolean free = target == id || !model.containsKey(target);
        List<String> changed = new ArrayList<>(now);
        changed.set(0, "" + (free ? target : id));
        changed.set(1, "v" + next++);
        Object[] sent = changed.toArray();
        if (toasted && now.get(2) != null) {
          sent[2] = UNCHANGED;
        }
        if (random.nextInt(3) > 0 && now.get(3) != null) {
          sent[3] = UNCHANGED;
        } else {
          changed.set(3, text(random, next));
          sent[3] = changed.get(3);
        }
        if (free && target != id) {
          updateKey(id, sent);
        } else {
          update(sent);
        }
        model.remove(id);
        model.put(free ? target : id, changed);
      }
      if (random.nextInt(30) == 0) {
        batch();
      }
    }
    batch();
    assertThat(storage.rows(1))
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(model.values());
  }

  private static String text(Random random, int n) {
    return random.nextInt(4) == 0 ? null : "big" + n;
  }
}
