package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Proxy;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of a change of state: once, however often something is tried again. */
class LoggedOnceIT {
  /** Lines of level INFO and above. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
        all.add(event.getFormattedMessage());
      }
    }

    List<String> with(String part) {
      return all.stream().filter(line -> line.contains(part)).toList();
    }
  }

  private final Lines lines = new Lines();
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.datrang.replication");
  private Level level;
  private SourceDatabase source;
  private MemoryStorage storage;

  @BeforeEach
  void start() {
    level = logger.getLevel();
    logger.setLevel(Level.INFO);
    lines.start();
    logger.addAppender(lines);
    source = SourceDatabase.start();
    storage = source.memoryStorage();
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v numeric(5,2))", "INSERT INTO t VALUES (1, 1)");
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    logger.setLevel(level);
    storage.close();
    source.close();
  }

  @Test
  void aTableIsCopiedStoppedAndCopiedAgain() {
    try (Replication replication = source.replicate(storage, SourceDatabase::tight)) {
      long table = source.mirrored("t");
      source.execute("INSERT INTO t VALUES (2, 'NaN')");
      source.awaitState(table, "error");
      for (int i = 3; i < 10; i++) {
        source.execute("INSERT INTO t VALUES (" + i + ", 'NaN')");
      }
      source.awaitApplied(storage);
      source.execute("DELETE FROM t WHERE id > 1");
      source.resync("t");
      source.awaitState(table, "streaming");
      source.awaitApplied(storage);
      Rows.assertSame("t", storage.rows(table), source.rows(table));
      assertThat(replication.status().error()).isNull();
    }
    assertThat(lines.with("stopped")).hasSize(1);
    assertThat(lines.with("copying ")).hasSize(2);
    assertThat(lines.with("copied ")).hasSize(2);
    assertThat(lines.with("streaming from slot")).hasSize(1);
  }

  @Test
  void aServerThatCannotBeReachedAndThenCan() throws Exception {
    try (Proxy proxy = new Proxy(source.cluster().port())) {
      String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres";
      try (Replication replication =
          source.replicate(storage, c -> SourceDatabase.tight(withUrl(c, url)))) {
        long table = source.mirrored("t");
        proxy.refuse();
        await().atMost(SourceDatabase.PATIENCE).until(() -> proxy.refused() >= 20);
        proxy.admit();
        source.execute("INSERT INTO t VALUES (2, 2)");
        source.awaitApplied(storage);
        await()
            .atMost(SourceDatabase.PATIENCE)
            .until(() -> lines.with("the catalog can be read again").size() == 1);
        Rows.assertSame("t", storage.rows(table), source.rows(table));
        assertThat(replication.status().error()).isNull();
      }
    }
    assertThat(lines.with("interrupted")).isNotEmpty().doesNotHaveDuplicates();
    assertThat(lines.with("cannot read the catalog")).isNotEmpty().doesNotHaveDuplicates();
    assertThat(lines.with("streaming from slot")).hasSize(2);
  }

  @Test
  void changesThatCannotBeAppliedForAWhile() {
    try (Replication replication = source.replicate(storage, SourceDatabase::tight)) {
      long table = source.mirrored("t");
      source.awaitApplied(storage);
      int[] failures = {0};
      storage.beforeApply(
          () -> {
            if (failures[0]++ < 5) {
              throw new IllegalStateException("storage had a bad moment");
            }
          });
      source.execute("INSERT INTO t VALUES (2, 2)");
      source.awaitApplied(storage);
      Rows.assertSame("t", storage.rows(table), source.rows(table));
      assertThat(failures[0]).isGreaterThan(5);
    }
    assertThat(lines.with("applying changes failed at")).hasSize(1);
    List<String> interruptions = lines.with("interrupted");
    assertThat(interruptions).isNotEmpty().doesNotHaveDuplicates();
    assertThat(lines.with("streaming from slot").size())
        .isLessThanOrEqualTo(1 + interruptions.size());
  }

  private static ReplicationConfig withUrl(ReplicationConfig c, String url) {
    return ReplicationConfig.defaults(url, c.credentials(), c.spillDirectory());
  }
}
