package io.datrang.bench.crash;

import io.datrang.bench.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process holds of the machine at one moment, as Linux tells.
 *
 * @param residentMb memory, the JVM's heap and native memory alike
 * @param descriptors open files and sockets
 */
record Footprint(long pid, double residentMb, long descriptors) {

  /** Moments of one process, in order. */
  record Life(List<Footprint> moments) {
    /** Growth is from the middle to the end: caches fill before. */
    void report(Figures figures) {
      if (moments.size() < 2) {
        return;
      }
      Footprint middle = moments.get(moments.size() / 2);
      Footprint last = moments.get(moments.size() - 1);
      figures.add("sidecar_rss_mb", "MB", last.residentMb);
      figures.add("sidecar_rss_growth", "ratio", last.residentMb / middle.residentMb);
      figures.add("sidecar_descriptors", "fds", last.descriptors);
      figures.add("sidecar_descriptor_growth", "fds", last.descriptors - middle.descriptors);
      figures.fact("rounds_of_longest_lived_sidecar", moments.size());
    }
  }

  static Footprint of(ProcessHandle process) throws IOException {
    Path proc = Path.of("/proc", Long.toString(process.pid()));
    long kb =
        Files.readAllLines(proc.resolve("status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .sum();
    try (Stream<Path> open = Files.list(proc.resolve("fd"))) {
      return new Footprint(process.pid(), kb / 1024.0, open.count());
    }
  }

  /** The process that was seen most often. */
  static Life longestLife(List<Footprint> seen) {
    List<Footprint> longest = List.of();
    List<Footprint> life = new ArrayList<>();
    for (Footprint moment : seen) {
      if (!life.isEmpty() && life.get(0).pid != moment.pid) {
        life = new ArrayList<>();
      }
      life.add(moment);
      if (life.size() > longest.size()) {
        longest = List.copyOf(life);
      }
    }
    return new Life(longest);
  }
}
