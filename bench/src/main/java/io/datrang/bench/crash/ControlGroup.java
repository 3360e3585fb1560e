package io.datrang.bench.crash;

import io.datrang.bench.RunningSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Linux gives a set of processes at most, by control groups of version 1; needs root. The
 * group lasts as long as processes are in it.
 */
final class ControlGroup {

  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final long BYTES_PER_S = 1 << 20;

  private final Path memory;
  private final Path disk;

  ControlGroup(String name) {
    this.memory = ROOT.resolve("memory").resolve(name);
    this.disk = ROOT.resolve("blkio").resolve(name);
  }

  /** Whether this machine and user have such groups. */
  static boolean available() {
    return ProcessHandle.current().info().user().filter("root"::equals).isPresent()
        && Files.exists(ROOT.resolve("memory/tasks"))
        && Files.exists(ROOT.resolve("blkio/blkio.throttle.write_bps_device"));
  }

  /** Puts a process and its children in, which may then have together so much more than now. */
  void limitMemory(ProcessHandle process, long bytesMore) throws IOException {
    Files.createDirectories(memory);
    enter(memory, process);
    long now = Long.parseLong(Files.readString(memory.resolve("memory.usage_in_bytes")).strip());
    Files.writeString(memory.resolve("memory.limit_in_bytes"), String.valueOf(now + bytesMore));
  }

  /** How often the group wanted more memory than it may have, so far. */
  long memoryRefusals() throws IOException {
    Path refusals = memory.resolve("memory.failcnt");
    return Files.exists(refusals) ? Long.parseLong(Files.readString(refusals).strip()) : 0;
  }

  void liftMemory() throws IOException {
    Files.writeString(memory.resolve("memory.limit_in_bytes"), "-1");
  }

  /** Puts a process and its children in, which then read and write slowly where a file lies. */
  void slowDisk(ProcessHandle process, Path file) throws IOException {
    Files.createDirectories(disk);
    enter(disk, process);
    throttle(file, BYTES_PER_S);
  }

  /** Whether two megabytes take as long as they should, written by a process of the group. */
  boolean isSlow(Path directory) throws IOException, InterruptedException {
    String write =
        "echo $$ >'%s' && dd if=/dev/zero of='%2$s' bs=256k count=8 oflag=dsync && rm '%2$s'"
            .formatted(disk.resolve("cgroup.procs"), directory.resolve("probe"));
    long startNs = System.nanoTime();
    RunningSystem.run(List.of("sh", "-c", write));
    return System.nanoTime() - startNs > 1_000_000_000L;
  }

  void liftDisk(Path file) throws IOException {
    throttle(file, 0);
  }

  private void throttle(Path file, long bytesPerS) throws IOException {
    String rule = device(file) + " " + bytesPerS;
    Files.writeString(disk.resolve("blkio.throttle.write_bps_device"), rule);
    Files.writeString(disk.resolve("blkio.throttle.read_bps_device"), rule);
  }

  /** MAJOR:MINOR of the device that a file lies on, out of st_dev. */
  private static String device(Path file) throws IOException {
    long device = ((Number) Files.getAttribute(file, "unix:dev")).longValue();
    long major = (device >> 8) & 0xfff;
    long minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    return major + ":" + minor;
  }

  private static void enter(Path group, ProcessHandle process) throws IOException {
    try (Stream<ProcessHandle> all = Stream.concat(Stream.of(process), process.descendants())) {
      for (ProcessHandle each : all.toList()) {
        try {
          Files.writeString(group.resolve("cgroup.procs"), String.valueOf(each.pid()));
        } catch (IOException e) {
          if (each.isAlive()) {
            throw e;
          }
        }
      }
    }
  }
}
