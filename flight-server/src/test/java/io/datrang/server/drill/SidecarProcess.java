package io.datrang.server.drill;

import io.datrang.server.Main;
import io.datrang.testing.PostgresCluster;
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

  /** One for database postgres of the cluster, at {@code flight} in its socket directory. */
  static SidecarProcess on(PostgresCluster cluster, Path directory) {
    return new SidecarProcess(
        Map.of(
            "DATRANG_POSTGRES_PORT", Integer.toString(cluster.port()),
            "DATRANG_POSTGRES_USER", "postgres",
            "DATRANG_DATA_DIR", directory.resolve("data").toString(),
            "DATRANG_FLUSH_INTERVAL", "200ms",
            "DATRANG_FLIGHT_SOCKET", cluster.socketDirectory().resolve("flight").toString(),
            "DATRANG_FLIGHT_SOCKET_MODE", "0666",
            "DATRANG_SECRET", "open-sesame",
            "DATRANG_ENGINE_MEMORY_LIMIT", "256MB"),
        directory.resolve("sidecar.log"));
  }

  private SidecarProcess(Map<String, String> settings, Path log) {
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
