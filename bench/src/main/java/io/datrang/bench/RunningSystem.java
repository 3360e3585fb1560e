package io.datrang.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The processes of a system that {@code ./dev up} started, found through DATRANG_RUN_DIR (where the
 * pid files are) and DATRANG_DEV (the script that starts what is down).
 *
 * @param environment what the sidecar is started with besides
 */
public record RunningSystem(Path runDir, Path dev, Map<String, String> environment) {

  private static final long COMMAND_TIMEOUT_S = 120;

  /** What can be killed. */
  public enum Part {
    SIDECAR("server/sidecar.pid"),
    SERVER("server/data/postmaster.pid");

    private final String pidFile;

    Part(String pidFile) {
      this.pidFile = pidFile;
    }
  }

  public static RunningSystem fromEnvironment() {
    String runDir = System.getenv("DATRANG_RUN_DIR");
    String dev = System.getenv("DATRANG_DEV");
    if (runDir == null || dev == null) {
      throw new IllegalStateException(
          "DATRANG_RUN_DIR and DATRANG_DEV are not set: run this through ./dev bench");
    }
    return new RunningSystem(Path.of(runDir), Path.of(dev), Map.of());
  }

  /** The same, with a sidecar that is started with these variables from now on. */
  public RunningSystem withEnvironment(Map<String, String> variables) {
    return new RunningSystem(runDir, dev, variables);
  }

  /** What both processes write lies below it. */
  public Path serverDirectory() {
    return runDir.resolve("server");
  }

  /** A port that {@code ./dev up} chose: {@code postgres}, {@code flight} or {@code http}. */
  public int port(String name) throws IOException {
    return Integer.parseInt(Files.readString(serverDirectory().resolve("port." + name)).strip());
  }

  /** Where the sidecar keeps its files. */
  public Path dataDirectory() {
    return runDir.resolve("server/columnar");
  }

  /** The live process of a part; the first line of its pid file. */
  public ProcessHandle process(Part part) throws IOException {
    Path file = runDir.resolve(part.pidFile);
    long pid = Long.parseLong(Files.readAllLines(file).get(0).strip());
    return ProcessHandle.of(pid)
        .orElseThrow(
            () -> new IllegalStateException("process " + pid + " of " + file + " is gone"));
  }

  /** Processor time a part has used since it started. */
  double cpuSeconds(Part part) throws IOException {
    return process(part).info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  /** The most memory a part has had so far, of all kinds. */
  long peakBytes(Part part) throws IOException {
    Path status = Path.of("/proc", String.valueOf(process(part).pid()), "status");
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow(() -> new IOException(status + " does not say VmHWM"));
  }

  /** What sidecar and server use now; what their processes share counts once. */
  long memoryBytes() throws IOException {
    long bytes = 0;
    ProcessHandle server = process(Part.SERVER);
    List<ProcessHandle> parts = List.of(process(Part.SIDECAR), server);
    List<ProcessHandle> processes = new ArrayList<>(parts);
    processes.addAll(server.children().toList());
    for (ProcessHandle each : processes) {
      Path memory = Path.of("/proc", String.valueOf(each.pid()), "smaps_rollup");
      try {
        bytes +=
            Files.readAllLines(memory).stream()
                .filter(line -> line.startsWith("Pss:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .sum();
      } catch (IOException e) {
        if (parts.contains(each)) {
          throw e;
        }
        continue; // a backend that ended meanwhile; before or after its file was opened
      }
    }
    return bytes;
  }

  /** Stops the sidecar in an orderly way and starts it again. */
  public void restartSidecar() throws IOException, InterruptedException {
    ProcessHandle process = process(Part.SIDECAR);
    signal(Part.SIDECAR, "TERM");
    process.onExit().orTimeout(COMMAND_TIMEOUT_S, TimeUnit.SECONDS).join();
    start();
  }

  /** Whether a part is stopped by a signal. */
  public boolean stands(Part part) throws IOException {
    Path status = Path.of("/proc", String.valueOf(process(part).pid()), "status");
    return Files.readAllLines(status).stream().anyMatch(line -> line.startsWith("State:\tT"));
  }

  /** Sends a signal ({@code KILL}, {@code QUIT}, {@code STOP}, {@code CONT}) to a part. */
  public void signal(Part part, String signal) throws IOException, InterruptedException {
    run(List.of("sh", "-c", "kill -" + signal + " " + process(part).pid()));
  }

  /**
   * Starts whatever part is down. Returns when both answer, or when a start takes longer than
   * {@code ./dev up} waits and goes on: whoever uses the system then waits for it.
   */
  public void start() throws IOException, InterruptedException {
    try {
      run(startCommand(), environment);
    } catch (IOException slow) {
      run(startCommand(), environment);
    }
  }

  private List<String> startCommand() {
    return List.of(dev.toString(), "up", "--run-dir", runDir.toString(), "--no-build");
  }

  /** Runs a command; its output appears only when it fails. */
  public static void run(List<String> command) throws IOException, InterruptedException {
    run(command, Map.of());
  }

  private static void run(List<String> command, Map<String, String> variables)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("datrang-bench", ".log");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
      builder.environment().putAll(variables);
      Process process = builder.start();
      boolean ended = process.waitFor(COMMAND_TIMEOUT_S, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      if (!ended || process.exitValue() != 0) {
        throw new IOException(
            "%s %s:%n%s"
                .formatted(
                    String.join(" ", command),
                    ended ? "exited with " + process.exitValue() : "did not end in time",
                    Files.readString(log)));
      }
    } finally {
      Files.delete(log);
    }
  }
}
