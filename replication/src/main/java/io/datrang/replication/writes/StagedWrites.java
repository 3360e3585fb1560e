package io.datrang.replication.writes;

import io.datrang.replication.connect.SourceServer;
import io.datrang.replication.connect.TransactionState;
import io.datrang.replication.values.ValueException;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.storage.TableStatus;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Everything that transactions have written to native tables and not committed. Thread safe. */
public final class StagedWrites implements AutoCloseable {
  /**
   * One session's running transaction; an older one has ended, one way or another. Looked at and
   * changed only within {@code compute} of the map.
   */
  private record Session(WriteTransaction transaction, Map<Long, StagedChunk> chunks) {}

  /** How long a delete waits for the commits of those who deleted before. */
  private static final Duration LOCK_WAIT_MAX = Duration.ofSeconds(60);

  private final WritableStorage storage;
  private final RowIds rowIds;
  private final Definitions catalog;
  private final StagingDirectory directory;
  private final StagingCleaner cleaner;
  private final Seal seal;
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<Long, TableSchema> declared = new ConcurrentHashMap<>();

  /** Where the newest published change that deleted rows of a table ends. */
  private final Map<Long, Lsn> lastDeletes = new ConcurrentHashMap<>();

  /** Where the transactions end that made tables, of this run. */
  private final Map<Long, Lsn> made = new ConcurrentHashMap<>();

  /** Where the transactions end that attached tables as partitions, of this run. */
  private final Map<Long, Lsn> attached = new ConcurrentHashMap<>();

  private final Lsn startedAt;

  public StagedWrites(WritableStorage storage, SourceServer server, Path dataDirectory) {
    this.storage = storage;
    this.rowIds = new RowIds(server);
    this.catalog = new Definitions(server);
    this.directory = new StagingDirectory(dataDirectory);
    this.cleaner = new StagingCleaner(directory, storage);
    this.seal = Seal.open(directory.key());
    this.startedAt = storage.appliedLsn();
  }

  /** Says what a table looks like whose transaction is not committed; it may never be. */
  public void declare(TableSchema table) {
    if (!RowBlock.fits(table)) {
      throw new IllegalArgumentException(table.tableName() + " is no native table");
    }
    declared.put(table.tableId(), table);
  }

  /** The form of a native table, whether it is committed or only declared. */
  public Optional<TableSchema> table(long tableId) {
    try (Snapshot snapshot = storage.pin()) {
      Optional<TableSchema> known = snapshot.table(tableId).map(TableSnapshot::schema);
      return known.isPresent() ? known : Optional.ofNullable(declared.get(tableId));
    }
  }

  private Optional<TableSchema> table(long tableId, int version) {
    TableSchema said = declared.get(tableId);
    return said != null && said.version() == version
        ? Optional.of(said)
        : table(tableId).filter(t -> t.version() == version);
  }

  /**
   * What replication did not bring yet, after its declaration was lost with a restart or replaced
   * by that of a transaction that was rolled back. The write's transaction has a lock that keeps
   * the definition as it is.
   */
  private TableSchema committed(long tableId, int version) {
    TableSchema found =
        catalog
            .find(tableId)
            .filter(t -> t.version() == version)
            .orElseThrow(
                () ->
                    new WriteLostException(
                        "the sidecar does not have version "
                            + version
                            + " of native table "
                            + tableId
                            + ", which is not committed: it was restarted since, or a later version"
                            + " was rolled back"));
    if (RowBlock.fits(found)) {
      declared.merge(tableId, found, (a, b) -> a.version() > b.version() ? a : b);
    }
    return found;
  }

  /**
   * Takes an upload.
   *
   * @return the first line of the message that has to be written to WAL when the upload was the
   *     chunk's last
   */
  public Optional<Message> write(Write write) {
    TableSchema table =
        table(write.tableId(), write.version())
            .orElseGet(() -> committed(write.tableId(), write.version()));
    if (!RowBlock.fits(table)) {
      throw new WriteRefusedException(table.tableName() + " is no native table");
    }
    refuseStopped(write, table);
    if (write.deletes().length > 0) {
      refuseConflict(write, table);
    }
    RowBlock block =
        new RowBlock(rowIds.take(Math.max(1, write.rows())), write.rows(), write.block());
    check(block, table);
    WriteRecord record = chunk(write, table).add(write, block);
    return Optional.ofNullable(record)
        .map(r -> new Message(r.head(seal), r.file() == null && write.rows() > 0));
  }

  /**
   * What has to be written to WAL.
   *
   * @param head its first line
   * @param withRows whether the rows follow it as they were uploaded
   */
  public record Message(String head, boolean withRows) {}

  /** Only what empties a table with damaged files does it good; rows would be lost, or wait. */
  private void refuseStopped(Write write, TableSchema table) {
    Optional<TableStatus> status;
    try (Snapshot snapshot = storage.pin()) {
      boolean sound =
          snapshot
              .table(table.tableId())
              .filter(t -> t.unreadableBecause() != null || t.frozenAt().isPresent())
              .isEmpty();
      status = sound ? Optional.empty() : storage.status(table.tableId());
    }
    status
        .filter(s -> s.frozenAt() != null || s.error() != null && !write.truncate())
        .ifPresent(
            s -> {
              throw new WritesStoppedException(
                  table.tableName(),
                  s.error() == null ? "it is frozen at " + s.frozenAt() : s.error());
            });
  }

  /** The lock of the deleting statement keeps others off, but not from before it read. */
  private void refuseConflict(Write write, TableSchema table) {
    storage.pin(write.lockedAt(), LOCK_WAIT_MAX).close();
    Lsn last = lastDeletes.getOrDefault(table.tableId(), startedAt);
    if (write.readAt() == null || !write.readAt().isAtLeast(last)) {
      throw new WriteConflictException(
          "could not serialize access to columnar table \""
              + table.tableName()
              + "\" due to concurrent update");
    }
  }

  private void check(RowBlock block, TableSchema table) {
    if (block.rows() == 0) {
      return;
    }
    try {
      block.check(table, storage.allocator());
    } catch (ValueException e) {
      throw new WriteRefusedException(e.fact(), e);
    }
  }

  private StagedChunk chunk(Write write, TableSchema table) {
    StagedChunk[] chunk = new StagedChunk[1];
    sessions.compute(
        write.transaction().session(),
        (name, before) -> {
          Session session = during(write.transaction(), before);
          chunk[0] =
              session.chunks.computeIfAbsent(
                  write.chunk(), n -> new StagedChunk(table, write.truncate(), storage, directory));
          return session;
        });
    return chunk[0];
  }

  private static Session during(WriteTransaction transaction, Session before) {
    if (before == null || before.transaction.number() < transaction.number()) {
      clear(before);
      return new Session(transaction, new HashMap<>());
    }
    if (before.transaction.number() > transaction.number()) {
      throw new WriteLostException("a later transaction of the session has begun");
    }
    return before;
  }

  private static void clear(Session session) {
    if (session != null) {
      session.chunks.values().forEach(StagedChunk::close);
    }
  }

  /**
   * Chunks of a running transaction, in the order they are named.
   *
   * @throws WriteLostException when one is not here
   */
  public List<StagedChunk> chunks(String sessionName, long transaction, List<Long> numbers) {
    List<StagedChunk> found = new ArrayList<>();
    sessions.computeIfPresent(
        sessionName,
        (name, session) -> {
          if (session.transaction.number() == transaction) {
            numbers.forEach(n -> found.add(session.chunks.get(n)));
          }
          return session;
        });
    if (found.size() != numbers.size() || found.contains(null)) {
      throw new WriteLostException(
          "the sidecar does not have what this transaction wrote: it was restarted since");
    }
    return found;
  }

  /** Lets go of what transactions left behind that have ended; one thread at a time. */
  public void clean(Connection connection) throws SQLException {
    for (Session each : sessions.values()) {
      if (!isRunning(connection, each.transaction)) {
        sessions.computeIfPresent(each.transaction.session(), (name, now) -> without(each, now));
      }
    }
    cleaner.clean(connection);
  }

  /** What remains of a session when a transaction has ended. */
  private static Session without(Session ended, Session now) {
    if (!now.transaction.equals(ended.transaction)) {
      return now; // it has begun another
    }
    clear(now);
    return null;
  }

  /** How many sessions have written something in a transaction that is not known to have ended. */
  public int sessions() {
    return sessions.size();
  }

  private static boolean isRunning(Connection connection, WriteTransaction transaction)
      throws SQLException {
    String xid = Long.toUnsignedString(transaction.xid());
    return TransactionState.of(connection, xid) == TransactionState.IN_PROGRESS;
  }

  // ---- publication, on the replication thread ----

  /**
   * Reads a message of a committed transaction.
   *
   * @throws IllegalArgumentException when it is none of this sidecar's
   */
  public WriteRecord read(byte[] content) {
    return WriteRecord.parse(content, seal);
  }

  /** The record's blocks in order. */
  public void blocks(WriteRecord record, Consumer<RowBlock> consumer) {
    if (record.file() != null) {
      directory.read(record.file(), consumer);
    } else if (record.block().rows() > 0) {
      consumer.accept(record.block());
    }
  }

  /** The table is about to be made; it begins, empty, with a transaction that ends there. */
  public void made(long tableId, Lsn endLsn) {
    made.put(tableId, endLsn);
  }

  /** The table is gone, or never came to be: who asks for it is told so. */
  public void forget(long tableId) {
    declared.remove(tableId);
  }

  /** Whether a position is from before the table was made, as far as this run knows. */
  public boolean isBefore(Lsn lsn, long tableId) {
    return !lsn.isAtLeast(made.getOrDefault(tableId, Lsn.ZERO));
  }

  /**
   * The table has become a partition, with rows another had before, by a transaction that ends
   * there.
   */
  public void attached(long tableId, Lsn endLsn) {
    attached.put(tableId, endLsn);
  }

  /**
   * Refuses a snapshot in which a partition lacks rows that another partition still had.
   *
   * @throws WriteConflictException when there is such
   */
  public void requireAttached(Lsn lsn, long tableId) {
    if (!lsn.isAtLeast(attached.getOrDefault(tableId, Lsn.ZERO))) {
      throw new WriteConflictException(
          "could not serialize access to columnar table \""
              + table(tableId).map(TableSchema::tableName).orElse(Long.toString(tableId))
              + "\", which became a partition after this transaction began to read");
    }
  }

  /** Rows of the table were deleted by a transaction that ends there. */
  public void deleted(long tableId, Lsn endLsn) {
    lastDeletes.merge(tableId, endLsn, Lsn::max);
  }

  @Override
  public void close() {
    sessions.keySet().forEach(name -> sessions.computeIfPresent(name, (n, s) -> without(s, s)));
  }
}
