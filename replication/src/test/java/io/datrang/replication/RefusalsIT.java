package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.SourceDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tables whose rows cannot be followed are refused before anything of theirs is changed. */
class RefusalsIT {
  private static SourceDatabase source;
  private static MemoryStorage storage;

  @BeforeAll
  static void start() {
    source = SourceDatabase.start();
    storage = source.memoryStorage();
    source.replicate(storage).close();
  }

  @AfterAll
  static void stop() {
    storage.close();
    source.close();
  }

  private static void assertKeyRefused(String table, String because) {
    assertThatThrownBy(() -> source.value("SELECT datrang.replica_key('" + table + "')"))
        .hasMessageContaining(because);
    assertThat(source.value("SELECT count(*) FROM pg_publication_rel")).isEqualTo("0");
  }

  @Test
  void C9_tableWithoutAKeyIsRefused() {
    source.execute(
        "CREATE TABLE no_key (id int)",
        "CREATE TABLE nothing (id int PRIMARY KEY)",
        "ALTER TABLE nothing REPLICA IDENTITY NOTHING");
    assertKeyRefused("no_key", "has no primary key");
    assertKeyRefused("nothing", "REPLICA IDENTITY NOTHING");
  }

  @Test
  void C10_C12_deferrableKeyIsRefused() {
    source.execute(
        "CREATE TABLE deferrable_key (id int PRIMARY KEY DEFERRABLE)",
        "CREATE TABLE swaps (id int PRIMARY KEY DEFERRABLE)",
        "ALTER TABLE swaps REPLICA IDENTITY FULL");
    assertKeyRefused("deferrable_key", "is deferrable, which is no replica identity");
    assertKeyRefused("swaps", "is deferrable, which is no replica identity");
  }

  @Test
  void C11_identityFullWithoutAKeyIsRefused() {
    source.execute(
        "CREATE TABLE full_identity (id int)", "ALTER TABLE full_identity REPLICA IDENTITY FULL");
    assertKeyRefused("full_identity", "has no primary key");
  }

  @Test
  void E13_unloggedTableIsRefused() {
    source.execute("CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY)");
    assertThat(
            source.value(
                "SELECT datrang.source_refusal(c) FROM pg_class c WHERE relname = 'unlogged'"))
        .contains("it is unlogged");
  }

  @Test
  void F7_publicationOfAllTablesIsRefused() {
    try (SourceDatabase other = SourceDatabase.start();
        MemoryStorage unused = other.memoryStorage()) {
      other.execute("CREATE PUBLICATION datrang FOR ALL TABLES");
      assertThatThrownBy(() -> other.replicate(unused))
          .hasMessageContaining("publication \"datrang\" was altered");
      assertThat(other.value("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
    }
  }
}
