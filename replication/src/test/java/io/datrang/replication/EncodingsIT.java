package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Databases that do not hold UTF-8. */
class EncodingsIT {
  private static final String TABLE = " (id int PRIMARY KEY, v text, a text[], c char(3), j jsonb)";

  @Test
  void G10_latin1IsConverted() {
    try (SourceDatabase source = SourceDatabase.startEncoded("LATIN1");
        MemoryStorage storage = source.memoryStorage();
        Replication replication = source.replicate(storage)) {
      source.execute(
          "CREATE TABLE t" + TABLE,
          "INSERT INTO t VALUES (1, chr(233), ARRAY[chr(252)], chr(223))");
      long table = source.mirrored("t");
      source.execute(
          "INSERT INTO t VALUES (2, chr(255) || 'x', ARRAY['a', chr(192)], chr(223))",
          "UPDATE t SET v = v || chr(161)");
      source.awaitApplied(storage);
      assertThat(storage.failure(table)).isEmpty();
      Rows.assertSame("t", storage.rows(table), source.rows(table));
      assertThat(storage.rows(table))
          .extracting(row -> row.get(1))
          .containsExactlyInAnyOrder("\u00e9\u00a1", "\u00ffx\u00a1");
      assertThat(replication.status().error()).isNull();
    }
  }

  @Test
  void G10_bytesThatAreNotUtf8StopTheirTableOnly() {
    try (SourceDatabase source = SourceDatabase.startEncoded("SQL_ASCII");
        MemoryStorage storage = source.memoryStorage();
        Replication replication = source.replicate(storage)) {
      source.execute(
          "CREATE TABLE streamed" + TABLE,
          "CREATE TABLE copied" + TABLE,
          "CREATE TABLE staying" + TABLE,
          "INSERT INTO copied VALUES (1, E'\\xff')",
          "INSERT INTO staying VALUES (1, E'\\xc3\\xa9')");
      long copied = source.mirror("copied");
      long streamed = source.mirrored("streamed");
      long staying = source.mirrored("staying");
      source.execute(
          "BEGIN; INSERT INTO streamed VALUES (1, E'\\xe9'); INSERT INTO staying VALUES (2, E'\\xc3\\xa4');"
              + " COMMIT",
          "INSERT INTO staying VALUES (3, 'after')");
      source.awaitState(copied, "error");
      source.awaitState(streamed, "error");
      source.awaitApplied(storage);
      assertThat(storage.failure(copied)).hasValueSatisfying(m -> assertThat(m).contains("UTF-8"));
      assertThat(storage.failure(streamed))
          .hasValueSatisfying(m -> assertThat(m).contains("UTF-8"));
      assertThat(storage.rows(staying))
          .extracting(row -> row.get(1))
          .containsExactlyInAnyOrderElementsOf(List.of("\u00e9", "\u00e4", "after"));
      assertThat(replication.status().error()).isNull();
    }
  }
}
