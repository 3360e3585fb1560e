package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.types.Lsn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server and storage in memory that follows it, new for each test. */
abstract class FreshFollower {
  SourceDatabase source;
  MemoryStorage storage;
  Replication replication;

  @BeforeEach
  void start() {
    source = SourceDatabase.start("wal_sender_timeout", "2s", "max_slot_wal_keep_size", "64MB");
    storage = source.memoryStorage();
    replicate();
  }

  @AfterEach
  void stop() {
    replication.close();
    storage.close();
    source.close();
  }

  final void replicate() {
    replication = source.replicate(storage, SourceDatabase::tight);
  }

  /** What kill -9 leaves behind. */
  final void kill() {
    replication.close();
    awaitSlotFree();
    storage.crash();
  }

  /** A table of ten rows that are all stored, with nobody following it. */
  final long storedAndKilled() {
    long table = numbers(10);
    storage.flush();
    kill();
    return table;
  }

  final void awaitSlotFree() {
    await()
        .atMost(SourceDatabase.PATIENCE)
        .until(() -> source.value("SELECT 1 FROM pg_replication_slots WHERE active") == null);
  }

  final void assertEqual(long table) {
    source.awaitApplied(storage);
    assertThat(storage.failure(table)).isEmpty();
    Rows.assertSame("table " + table, storage.rows(table), source.rows(table));
  }

  final void awaitConfirmed(Lsn lsn) {
    await().atMost(SourceDatabase.PATIENCE).until(() -> source.confirmedLsn().isAtLeast(lsn));
  }

  final long numbers(int rows) {
    source.execute(
        "CREATE TABLE n (id int PRIMARY KEY, v text)",
        "INSERT INTO n SELECT g, 'v' FROM generate_series(1, " + rows + ") g");
    return source.mirrored("n");
  }
}
