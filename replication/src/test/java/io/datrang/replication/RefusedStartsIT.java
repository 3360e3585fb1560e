package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.wal.StartRefusedException;
import io.datrang.types.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Positions that do not fit the slot or the server: tables are frozen until they are copied anew.
 */
class RefusedStartsIT extends FreshFollower {
  @Test
  void A6_slotAheadOfUsFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute(
        "INSERT INTO n VALUES (11)",
        "SELECT pg_replication_slot_advance('datrang', pg_current_wal_lsn())");
    replicate();
    assertFrozenUntilResync(table, "is ahead of the mirrors");
  }

  /** The table is stopped with a message that names the repair, and the repair works. */
  private void assertFrozenUntilResync(long table, String because) {
    source.awaitState(table, "error");
    assertThat(source.value("SELECT error FROM datrang.tables"))
        .contains(because)
        .endsWith("; run datrang.resync('public.n')");
    source.execute("INSERT INTO n VALUES (100)");
    assertThat(storage.rows(table)).hasSize(10);
    source.resync("n");
    source.awaitState(table, "streaming");
    source.execute("INSERT INTO n VALUES (101)");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSizeGreaterThan(11);
  }

  @Test
  void A6b_idleWatermarkThatWasAcknowledgedIsNoFalseAlarm() {
    long table = numbers(10);
    source.execute(
        "CREATE TABLE elsewhere (id int)", "INSERT INTO elsewhere SELECT generate_series(1, 1000)");
    source.awaitApplied(storage);
    awaitConfirmed(storage.flush());
    kill();
    replicate();
    source.execute("INSERT INTO n VALUES (11)");
    assertEqual(table);
  }

  @Test
  void A7_I4_anotherClusterFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute("UPDATE datrang.sidecar SET system_identifier = 42");
    replicate();
    assertFrozenUntilResync(table, "theirs is 42");
  }

  @Test
  void A7_I2_I4_serverThatLostItsLastChangesIsRefused() {
    numbers(10);
    storage.advance(new Lsn(source.flushLsn().value() + (1L << 32)));
    storage.flush();
    kill();
    assertThatThrownBy(this::replicate)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("restored from a backup")
        .hasMessageContaining("datrang.reset()");
  }

  @Test
  void A14_secondSidecarDoesNotGetTheSlot() {
    numbers(10);
    try (MemoryStorage second = MemoryStorage.detached()) {
      second.create(source.catalogTable(1).schema());
      second.advance(storage.flush());
      second.flush();
      Replication late = source.replicate(second);
      try {
        await()
            .atMost(SourceDatabase.PATIENCE)
            .until(() -> String.valueOf(late.status().error()).contains("is active for PID"));
        assertThat(late.status().connected()).isFalse();
      } finally {
        late.close();
      }
    }
    assertThat(replication.status().connected()).isTrue();
  }

  /** As soon as the server lets go of it. */
  private void dropSlot() {
    await()
        .atMost(SourceDatabase.PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              source.execute("SELECT pg_drop_replication_slot('datrang')");
              return true;
            });
  }

  @Test
  void A15_slotDroppedFreezesUntilResync() {
    long table = storedAndKilled();
    dropSlot();
    replicate();
    assertFrozenUntilResync(table, "does not exist, so changes after");
  }

  @Test
  void A15_slotCreatedAnewFreezesUntilResync() {
    long table = storedAndKilled();
    dropSlot();
    source.execute("SELECT pg_create_logical_replication_slot('datrang', 'pgoutput')");
    replicate();
    assertFrozenUntilResync(table, "is ahead of the mirrors");
  }

  @Test
  void A15_withoutMirrorsALostSlotIsMadeAnew() {
    kill();
    source.execute("SELECT pg_drop_replication_slot('datrang')");
    replicate();
    long table = numbers(10);
    assertEqual(table);
  }

  @Test
  void A16_lostSlotFreezesUntilResync() {
    long table = storedAndKilled();
    loseSlot();
    replicate();
    assertFrozenUntilResync(table, "was invalidated by the server");
  }

  /** Writes more than the server may keep for the slot. */
  private void loseSlot() {
    source.execute(
        "CREATE TABLE filler (v text)",
        "INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 150000)");
    await()
        .atMost(SourceDatabase.PATIENCE)
        .until(
            () -> {
              source.execute("SELECT pg_switch_wal()", "CHECKPOINT");
              return "lost".equals(source.value("SELECT wal_status FROM pg_replication_slots"));
            });
  }

  @Test
  void A16_slotLostWhileRunningIsNoticed() {
    CompletableFuture<String> lost = new CompletableFuture<>();
    replication.close();
    replication = source.replicate(storage, SourceDatabase::tight, lost::complete);
    long table = numbers(10);
    storage.flush(); // for the last time: so nothing is acknowledged
    loseSlot();
    assertThat(lost).succeedsWithin(SourceDatabase.PATIENCE).asString().contains("\"datrang\"");
    replication.close();
    replicate();
    assertFrozenUntilResync(table, "was invalidated by the server");
  }

  @Test
  void A15_slotDroppedWhileRunningIsNoticed() {
    CompletableFuture<String> lost = new CompletableFuture<>();
    replication.close();
    replication = source.replicate(storage, SourceDatabase::tight, lost::complete);
    long table = numbers(10);
    storage.flush();
    await()
        .atMost(SourceDatabase.PATIENCE)
        .ignoreExceptions()
        .until(
            () ->
                source.value(
                        "SELECT pg_terminate_backend(active_pid, 5000),"
                            + " pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
                    != null);
    assertThat(lost).succeedsWithin(SourceDatabase.PATIENCE);
    replication.close();
    replicate();
    assertFrozenUntilResync(table, "does not exist");
  }

  @Test
  void B8_droppedPublicationFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute("DROP PUBLICATION datrang");
    replicate();
    assertFrozenUntilResync(table, "publication \"datrang\" was dropped");
  }

  @Test
  void B7_removedAndAddedAgainWhileDownFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute(
        "ALTER PUBLICATION datrang DROP TABLE n",
        "INSERT INTO n VALUES (11)",
        "ALTER PUBLICATION datrang ADD TABLE n",
        "INSERT INTO n VALUES (12)");
    replicate();
    assertFrozenUntilResync(table, "removed from the publication");
  }

  @Test
  void B8_publicationIsNeverRecreated() {
    numbers(10);
    String oid = source.value("SELECT oid FROM pg_publication");
    storage.flush();
    kill();
    replicate();
    assertThat(source.value("SELECT oid FROM pg_publication")).isEqualTo(oid);
  }

  @Test
  void I3_standbyIsRefused() throws IOException {
    numbers(10);
    kill();
    Files.createFile(source.cluster().dataDirectory().resolve("standby.signal"));
    source.cluster().restart();
    assertThatThrownBy(this::replicate)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("the server is a standby");
  }
}
