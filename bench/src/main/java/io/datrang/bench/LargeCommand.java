package io.datrang.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * One transaction that is much larger than the sidecar's heap. The sidecar is started anew with
 * that heap, and once more with its own when this ends.
 */
@Command(
    name = "large",
    mixinStandardHelpOptions = true,
    description = {
      "One transaction of 20 million rows, with a sidecar whose heap is 512 MB; needs ./dev up on"
          + " this machine, and about 15 GB of disk.",
      "visible_after_commit_s: from COMMIT's return until readers see all of it.",
      "sidecar_rss_mb_max: all of the process, the engine's memory included. spilled_mb_max: of its"
          + " temporary files (waiting changes, and what the engine has no room for)."
    })
final class LargeCommand implements Callable<Integer> {
  private static final String TABLE = "large";
  private static final double MEGABYTE = 1 << 20;

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "20000000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  @Option(names = "--heap", defaultValue = "512m", description = "Heap (${DEFAULT-VALUE}).")
  private String heap;

  private final Figures figures = new Figures("large");
  private volatile boolean stopped;
  private volatile long spilledMax;

  @Override
  public Integer call() throws Exception {
    RunningSystem system = RunningSystem.fromEnvironment();
    figures.fact("rows", rows);
    figures.fact("heap", heap);
    boolean right;
    system.withEnvironment(Map.of("DATRANG_JAVA_OPTS", "-Xmx" + heap)).restartSidecar();
    try (Connection connection = Database.fromEnvironment().connect()) {
      Mirror.drop(connection, TABLE);
      RowsTable.create(connection, TABLE);
      Mirror.create(connection, TABLE);
      Thread watcher = new Thread(() -> watch(system.dataDirectory().resolve("temp")), "spill");
      watcher.start();
      try {
        write(connection, system);
      } finally {
        stopped = true;
        watcher.join();
      }
      figures.add("spilled_mb_max", "MB", spilledMax / MEGABYTE);
      right = same(connection);
      Mirror.drop(connection, TABLE);
    } finally {
      system.restartSidecar();
    }
    options.report(figures);
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void write(Connection connection, RunningSystem system) throws Exception {
    Stopwatch watch = new Stopwatch();
    Database.execute(connection, RowsTable.insert(TABLE, "1", String.valueOf(rows)));
    figures.add("write_s", "s", watch.elapsedMs() / 1000);
    watch = new Stopwatch();
    Database.execute(connection, "SELECT datrang.wait_for(timeout => '30min')");
    figures.add("visible_after_commit_s", "s", watch.elapsedMs() / 1000);
    figures.add(
        "sidecar_rss_mb_max", "MB", system.peakBytes(RunningSystem.Part.SIDECAR) / MEGABYTE);
  }

  private static boolean same(Connection connection) throws Exception {
    String query =
        "SELECT count(*), sum(id), sum(price), sum(quantity), sum(length(label)), max(at) FROM %s."
            + TABLE;
    String heap = Database.answer(connection, query.formatted("public"));
    String columnar = Database.answer(connection, query.formatted("columnar"));
    System.out.println(heap.equals(columnar) ? "answers equal" : "ANSWERS DIFFER");
    return heap.equals(columnar);
  }

  private void watch(Path directory) {
    while (!stopped) {
      spilledMax = Math.max(spilledMax, bytes(directory));
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Of all files below it; they come and go meanwhile. */
  private static long bytes(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(file -> file.toFile().isFile() ? file.toFile().length() : 0).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }
}
