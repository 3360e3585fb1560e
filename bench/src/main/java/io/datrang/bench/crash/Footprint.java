package io.datrang.bench.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.datrang.bench.Database;
import io.datrang.bench.RunningSystem;
import io.datrang.bench.RunningSystem.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What the system holds of the machine at one moment, as Linux and PostgreSQL tell.
 *
 * @param pid the sidecar's
 * @param atS seconds since some moment in the past
 * @param residentMb the sidecar's memory: the JVM's heap, native memory, and files it has mapped
 * @param nativeMb what it allocated outside of the JVM's heap, which has a limit of its own
 * @param descriptors its open files and sockets
 * @param threads its threads
 * @param serverDescriptors open files and sockets of all of the server's processes
 * @param sessions the server's processes that do not belong to the drill's own connections
 * @param passingFiles files of the data directory that come and go: staged, spilled, temporary
 * @param retainedMb WAL that the server keeps for the slot
 */
record Footprint(
    long pid,
    double atS,
    double residentMb,
    double nativeMb,
    double descriptors,
    double threads,
    double serverDescriptors,
    double sessions,
    double passingFiles,
    double retainedMb) {

  /** What must not grow by more than this while one sidecar lives. */
  static final Map<String, Bound> BOUNDS =
      Map.of(
          "sidecar_rss_mb", new Bound(Footprint::residentMb, 160),
          "sidecar_native_mb", new Bound(Footprint::nativeMb, 64),
          "sidecar_descriptors", new Bound(Footprint::descriptors, 24),
          "sidecar_threads", new Bound(Footprint::threads, 16),
          "server_descriptors", new Bound(Footprint::serverDescriptors, 200),
          "server_sessions", new Bound(Footprint::sessions, 5),
          "passing_files", new Bound(Footprint::passingFiles, 24),
          "retained_wal_mb", new Bound(Footprint::retainedMb, 128));

  record Bound(ToDoubleFunction<Footprint> figure, double growthMax) {}

  /** Where the JVM puts a heap of less than 3 GB, and nothing else. */
  private static final long HEAP_END = 1L << 32;

  private static final String SESSIONS =
      "SELECT count(*) FROM pg_stat_activity WHERE application_name <> 'datrang bench'";
  private static final String RETAINED =
      "SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)"
          + " FROM pg_replication_slots WHERE NOT temporary";

  static Footprint of(RunningSystem system, Connection connection)
      throws IOException, SQLException {
    ProcessHandle sidecar = system.process(Part.SIDECAR);
    ProcessHandle server = system.process(Part.SERVER);
    long serverDescriptors = 0;
    try (Stream<ProcessHandle> all = Stream.concat(Stream.of(server), server.descendants())) {
      for (ProcessHandle each : all.toList()) {
        serverDescriptors += descriptors(each);
      }
    }
    return new Footprint(
        sidecar.pid(),
        System.nanoTime() / 1e9,
        status(sidecar, "VmRSS:") / 1024.0,
        (status(sidecar, "RssAnon:") - heapKb(sidecar)) / 1024.0,
        descriptors(sidecar),
        status(sidecar, "Threads:"),
        serverDescriptors,
        Double.parseDouble(Database.single(connection, SESSIONS)),
        passingFiles(system.dataDirectory()),
        Double.parseDouble(Database.single(connection, RETAINED)) / (1 << 20));
  }

  @Override
  public String toString() {
    return "%.0f MB (%.0f native), %.0f fds, %.0f threads; server %.0f fds, %.0f sessions; %.0f files, %.0f MB WAL"
        .formatted(
            residentMb,
            nativeMb,
            descriptors,
            threads,
            serverDescriptors,
            sessions,
            passingFiles,
            retainedMb);
  }

  private static long status(ProcessHandle process, String field) throws IOException {
    return Files.readAllLines(proc(process, "status")).stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .sum();
  }

  private static long heapKb(ProcessHandle process) throws IOException {
    long kb = 0;
    boolean heap = false;
    for (String line : Files.readAllLines(proc(process, "smaps"))) {
      int dash = line.indexOf('-');
      if (dash > 0 && line.indexOf(' ') > dash) { // a mapping's first line: START-END RIGHTS ...
        heap = Long.parseUnsignedLong(line.substring(0, dash), 16) < HEAP_END;
      } else if (heap && line.startsWith("Rss:")) {
        kb += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return kb;
  }

  /** 0 for a process that has ended meanwhile. */
  private static long descriptors(ProcessHandle process) throws IOException {
    try (Stream<Path> open = Files.list(proc(process, "fd"))) {
      return open.count();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private static Path proc(ProcessHandle process, String file) {
    return Path.of("/proc", Long.toString(process.pid()), file);
  }

  private static long passingFiles(Path dataDirectory) throws IOException {
    String command =
        "find '%s' -type f ! -name '*.parquet' ! -name '*.puffin' ! -name '*.avro' ! -name '*.json' | wc -l";
    Process found = new ProcessBuilder("sh", "-c", command.formatted(dataDirectory)).start();
    return Long.parseLong(new String(found.getInputStream().readAllBytes(), UTF_8).strip());
  }
}
