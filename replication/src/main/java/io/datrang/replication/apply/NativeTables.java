package io.datrang.replication.apply;

import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.catalog.DefinitionMessage;
import io.datrang.replication.catalog.MirrorCatalog;
import io.datrang.replication.connect.SourceServer;
import io.datrang.replication.connect.TransactionState;
import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.replication.writes.NativeFold;
import io.datrang.replication.writes.StagedWrites;
import io.datrang.replication.writes.WriteRecord;
import io.datrang.storage.Backfill;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import io.datrang.types.RowId;
import io.datrang.types.TableSchema;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what committed transactions wrote to native tables, as their messages arrive; belongs
 * to the applier's thread.
 */
public final class NativeTables implements CommittedMessages {
  /** Prefix of the message that a table has become a partition; its content is the table's id. */
  private static final String ATTACHED = "datrang.attached";

  private static final Logger log = LoggerFactory.getLogger(NativeTables.class);

  private final WritableStorage storage;
  private final SourceServer server;
  private final String publication;
  private final StagedWrites writes;
  private final Map<Long, TableSchema> tables = new HashMap<>();

  /** Tables of which the transaction that is being taken deletes rows. */
  private final Set<Long> deletedFrom = new HashSet<>();

  public NativeTables(
      WritableStorage storage, SourceServer server, String publication, StagedWrites writes) {
    this.storage = storage;
    this.server = server;
    this.publication = publication;
    this.writes = writes;
    storage.tables().forEach(this::add);
  }

  private void add(TableSchema table) {
    if (RowId.isKeyOf(table)) {
      tables.put(table.tableId(), table);
    }
  }

  void remove(long tableId) {
    tables.remove(tableId);
    writes.forget(tableId);
  }

  @Override
  public void take(Lsn commitLsn, LogicalMessage message, ChangeFold fold, Runnable stageIfFull) {
    if (message.prefix().equals(ATTACHED)) {
      tableId(message).ifPresent(id -> writes.attached(id, new Lsn(commitLsn.value() + 1)));
    } else if (message.prefix().equals(WriteRecord.PREFIX)) {
      try {
        publish(writes.read(message.content()), fold, stageIfFull);
      } catch (IllegalArgumentException e) {
        log.warn("ignoring a message at {}: {}", message.lsn(), e.getMessage());
      }
    }
  }

  @Override
  public void ended(Lsn endLsn) {
    deletedFrom.forEach(tableId -> writes.deleted(tableId, endLsn));
    deletedFrom.clear();
  }

  @Override
  public void define(Lsn commitLsn, DefinitionMessage definition, Runnable stage) {
    TableSchema schema = definition.schema();
    TableSchema known = tables.get(schema.tableId());
    if (definition.what() == DefinitionMessage.What.CREATE) {
      if (known == null) { // else it was durable before
        if (isPending(definition)) {
          create(schema, commitLsn);
        } else {
          writes.forget(schema.tableId());
        }
      }
    } else if (known != null && known.version() < schema.version()) {
      stage.run(); // earlier rows have the earlier form
      storage.alter(schema);
      add(schema);
    }
  }

  @Override
  public void abandoned() {
    tables.clear();
    storage.tables().forEach(this::add);
  }

  private static Optional<Long> tableId(LogicalMessage message) {
    try {
      return Optional.of(Long.valueOf(new String(message.content(), StandardCharsets.US_ASCII)));
    } catch (NumberFormatException e) {
      log.warn("ignoring a message at {}: {}", message.lsn(), e.getMessage());
      return Optional.empty();
    }
  }

  private void create(TableSchema table, Lsn commitLsn) {
    writes.made(table.tableId(), new Lsn(commitLsn.value() + 1));
    try (Backfill empty = storage.beginBackfill(table)) {
      empty.commit(commitLsn);
    }
    add(table);
    log.info("native table {} begins at {}", table.tableName(), commitLsn);
  }

  /** Whether a native table still waits to be made; else it was dropped since. */
  private boolean isPending(DefinitionMessage definition) {
    long tableId = definition.schema().tableId();
    try (Connection connection = server.sql()) {
      if (definition.xid() != null) {
        TransactionState.awaitEnd(connection, definition.xid());
      }
      return new MirrorCatalog(connection, publication)
          .table(tableId)
          .filter(t -> t.isNative() && t.state() != CatalogTable.State.STREAMING)
          .isPresent();
    } catch (SQLException e) {
      throw new IllegalStateException(
          "cannot read the definition of table " + tableId + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while table " + tableId + " was made", e);
    }
  }

  private void publish(WriteRecord record, ChangeFold fold, Runnable stageIfFull) {
    TableSchema table = tables.get(record.tableId());
    if (table == null) { // dropped by now, or stopped
      storage
          .status(record.tableId())
          .ifPresent(s -> log.error("rows for table {} are lost: {}", record.tableId(), s.error()));
      return;
    }
    if (record.truncate()) {
      fold.writes(table).truncate();
    }
    if (record.truncate() || record.deletes().length > 0) {
      deletedFrom.add(table.tableId());
    }
    for (long id : record.deletes()) {
      fold.writes(table).delete(id);
    }
    fold.count(record.deletes().length + 1, Long.BYTES * (long) record.deletes().length);
    writes.blocks(
        record,
        block -> {
          NativeFold each = fold.writes(table);
          each.insert(block);
          fold.count(block.rows(), block.bytes().length);
          stageIfFull.run();
        });
  }
}
