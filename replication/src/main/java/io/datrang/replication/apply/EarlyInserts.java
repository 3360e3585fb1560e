package io.datrang.replication.apply;

import io.datrang.replication.catalog.DefinitionMessage;
import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message;
import io.datrang.replication.pgoutput.Message.Insert;
import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.replication.pgoutput.MessageDecoder;
import io.datrang.replication.pgoutput.Tuple;
import io.datrang.replication.pgoutput.TupleView;
import io.datrang.replication.values.RowBatch;
import io.datrang.replication.values.ValueException;
import io.datrang.storage.EarlyRows;
import io.datrang.storage.TypeMapping;
import io.datrang.storage.WritableStorage;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Gives storage what a large transaction inserts while it arrives, so that its commit has little
 * left to do; one thread.
 *
 * <p>Only long runs of inserts into one table that is followed as the messages describe it. A run
 * is a copy of its messages, which are kept: where it comes to nothing (a rollback, a table copied
 * anew, a value that does not fit) they count as if there had been no run.
 */
final class EarlyInserts implements AutoCloseable {
  private static final int RUNS_MAX = 8;
  private static final int SHORT_RUNS_MAX = 16;
  private static final long BATCH_BYTES_MAX = 4 << 20;

  /**
   * Inserts that are rows in storage.
   *
   * @param source oid of the relation
   * @param schema what the rows are of
   * @param from number of the first message
   * @param to number of the first message after
   */
  record Run(
      int source, FollowedTable table, TableSchema schema, EarlyRows rows, long from, long to) {}

  private final WritableStorage storage;
  private final FollowedTables tables;
  private final int rowsMin;
  private final Map<Integer, Relation> relations = new HashMap<>();
  private final ArrayDeque<Run> runs = new ArrayDeque<>();
  private final TupleView view = new TupleView();
  private int shortRuns;
  private boolean off;

  /** The table of the run that is growing; null between runs. */
  private FollowedTable table;

  private int source;
  private SourceForm form;
  private TableSchema schema;
  private long from;
  private RowBatch batch;

  /** Null while the run is short. */
  private EarlyRows rows;

  /**
   * @param rowsMin rows that make a run worth its while
   */
  EarlyInserts(WritableStorage storage, FollowedTables tables, int rowsMin) {
    this.storage = storage;
    this.tables = tables;
    this.rowsMin = rowsMin;
  }

  /** Sees the next message, of this number; {@code large} when it is time to begin. */
  void see(long number, ByteBuffer bytes, boolean large) {
    switch (bytes.get(bytes.position())) {
      case 'R' -> describe(number, (Relation) MessageDecoder.decode(bytes));
      case 'I' -> {
        if (large && !off) {
          insert(number, bytes);
        }
      }
      case 'M' -> {
        end(number);
        off |= definesTables(MessageDecoder.decode(bytes));
      }
      case 'Y', 'O' -> {}
      default -> end(number);
    }
  }

  private static boolean definesTables(Message message) {
    return message instanceof LogicalMessage said && said.prefix().equals(DefinitionMessage.PREFIX);
  }

  private void describe(long number, Relation relation) {
    if (!relation.equals(relations.put(relation.id(), relation)) && relation.id() == source) {
      end(number);
    }
  }

  private void insert(long number, ByteBuffer bytes) {
    Insert insert;
    try {
      insert = (Insert) MessageDecoder.decode(bytes);
    } catch (MalformedMessageException e) {
      end(number); // what becomes of it is seen when the transaction commits
      return;
    }
    if (table == null || source != insert.relation()) {
      end(number);
      begin(number, insert.relation());
    }
    if (table != null && !add(form.row(insert.row()))) {
      abandon();
      off = true;
    }
  }

  private void begin(long number, int relation) {
    FollowedTable followed = tables.onlyBySource(relation);
    Relation described = relations.get(relation);
    if (off
        || followed == null
        || followed.state() != FollowedTable.State.LIVE
        || described == null) {
      return;
    }
    form = new SourceForm(relation);
    form.announce(described);
    if (!form.fits(followed.schema())) {
      return;
    }
    table = followed;
    source = relation;
    schema = followed.schema();
    from = number;
    batch = newBatch();
  }

  private RowBatch newBatch() {
    return new RowBatch(schema.columns(), TypeMapping.rows(schema), storage.allocator());
  }

  /** Whether the row is as it should be. */
  private boolean add(Tuple tuple) {
    view.load(tuple);
    if (view.columns() != batch.columns() || view.hasUnchanged() || view.hasBinary()) {
      return false;
    }
    try {
      for (int c = 0; c < view.columns(); c++) {
        if (view.isNull(c)) {
          batch.setNull(c);
        } else {
          batch.set(c, view.bytes(), view.from(c), view.to(c));
        }
      }
    } catch (ValueException e) {
      return false;
    }
    batch.endRow();
    if (batch.rows() >= rowsMin || batch.textBytes() >= BATCH_BYTES_MAX) {
      handOver();
      batch = newBatch();
    }
    return true;
  }

  private void handOver() {
    if (rows == null) {
      rows = storage.early(schema);
    }
    rows.add(batch.detach());
  }

  /** Ends the run before the message of this number. */
  private void end(long number) {
    if (table == null) {
      return;
    }
    if (rows == null) {
      abandon();
      off |= ++shortRuns == SHORT_RUNS_MAX;
      return;
    }
    if (batch.rows() > 0) {
      handOver();
    }
    batch.close();
    runs.add(new Run(source, table, schema, rows, from, number));
    forget();
    off |= runs.size() == RUNS_MAX;
  }

  private void abandon() {
    if (table != null) {
      batch.close();
      if (rows != null) {
        rows.close();
      }
      forget();
    }
  }

  private void forget() {
    table = null;
    schema = null;
    source = 0;
    batch = null;
    rows = null;
  }

  /** Forgets what holds messages from this number on. */
  void rollBack(long number) {
    abandon();
    while (!runs.isEmpty() && runs.peekLast().to() > number) {
      runs.removeLast().rows().close();
    }
  }

  /** No more messages come. */
  void complete(long messages) {
    end(messages);
  }

  /** The run that begins with this message, removed; null when there is none. */
  Run poll(long number) {
    return !runs.isEmpty() && runs.peekFirst().from() == number ? runs.removeFirst() : null;
  }

  @Override
  public void close() {
    abandon();
    runs.forEach(run -> run.rows().close());
    runs.clear();
  }
}
