package io.datrang.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The programs of one PostgreSQL installation, run as a user PostgreSQL accepts: it refuses to run
 * as root, so as root everything runs as user {@code postgres}.
 */
final class PostgresPrograms {
  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));
  private static final int PROGRAM_SECONDS_MAX = 120;

  private final Path bin;

  PostgresPrograms(Path bin) {
    this.bin = bin;
  }

  /**
   * The installation named by {@code DATRANG_PG_PREFIX}, which may be a directory of programs, one
   * with {@code bin/}, or the root of a relocated tree; Debian's PostgreSQL 15 when it is unset.
   */
  static PostgresPrograms fromEnvironment() {
    String prefix = System.getenv("DATRANG_PG_PREFIX");
    Path root = Path.of(prefix == null || prefix.isBlank() ? "/usr/lib/postgresql/15" : prefix);
    for (String below : List.of("", "bin", "lib/postgresql/15/bin", "usr/lib/postgresql/15/bin")) {
      Path candidate = root.resolve(below);
      if (Files.isExecutable(candidate.resolve("postgres"))) {
        return new PostgresPrograms(candidate);
      }
    }
    throw new IllegalStateException(
        "no PostgreSQL server in " + root + "; install postgresql-15 or set DATRANG_PG_PREFIX");
  }

  Path bin() {
    return bin;
  }

  /** A directory the server's user may write to; its path is short enough for a socket. */
  Path newDirectory() {
    try {
      Path directory = Files.createTempDirectory(Path.of("/tmp"), "datrang-pg");
      if (ROOT) {
        execute(List.of("chown", "postgres:", directory.toString()));
      }
      return directory;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs one of the installation's programs to its end; output goes into the error if it fails. */
  String run(String program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(bin.resolve(program).toString());
    command.addAll(arguments);
    return runAsServerUser(command);
  }

  /** Runs any command as the user that owns the server's files. */
  String runAsServerUser(List<String> command) {
    if (!ROOT) {
      return execute(command);
    }
    List<String> all = new ArrayList<>(List.of("runuser", "-u", "postgres", "--"));
    all.addAll(command);
    return execute(all);
  }

  /** Unpacks a tar archive into a directory made by {@link #newDirectory}. */
  void unpack(Path archive, Path directory) {
    execute(
        List.of("tar", "-xf", archive.toString(), "--no-same-owner", "-C", directory.toString()));
  }

  /** Removes a directory made by {@link #newDirectory}. */
  void remove(Path directory) {
    execute(List.of("rm", "-rf", "--", directory.toString()));
  }

  private static String execute(List<String> command) {
    try {
      Path output = Files.createTempFile("datrang-run", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean done = process.waitFor(PROGRAM_SECONDS_MAX, TimeUnit.SECONDS);
        if (!done) {
          process.destroyForcibly();
        }
        String text;
        try (InputStream in = Files.newInputStream(output)) {
          text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (!done || process.exitValue() != 0) {
          throw new IllegalStateException(
              String.join(" ", command) + (done ? " failed:\n" : " did not end:\n") + text);
        }
        return text;
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
