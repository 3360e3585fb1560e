package io.datrang.server.drill;

import io.datrang.server.Main;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A sidecar in a process of its own, which can be killed as a crash would; not thread safe. */
final class SidecarProcess implements AutoCloseable {
  private final Map<String, String> settings;
  private final Path log;
  private Process process;

  /**
   * @param settings its environment
   * @param log what it says is appended to
   */
  SidecarProcess(Map<String, String> settings, Path log) {
    this.settings = settings;
    this.log = log;
  }

  boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** Starts it; it may not be ready for a while. */
  void start() {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(settings);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL; gone on return. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (isRunning()) {
      kill();
    }
  }
}
