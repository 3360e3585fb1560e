package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void helpListsEveryKey() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("--check-config", "DATRANG_FLUSH_INTERVAL")
        .containsPattern("flush-interval +longest time a change stays out of files \\[30s\\]")
        .containsPattern("secret-file +file with the foreign data wrapper's secret")
        .doesNotContain("postgres-password ");
  }

  @Test
  void versionIsTheBuildsOwn() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).matches("datrang-sidecar \\d+\\.\\d+\\.\\d+.*\\R");
  }

  @Test
  void checkConfigPrintsWhatIsInEffect() throws Exception {
    Path file = directory.resolve("conf");
    Files.writeString(file, "data-dir = /d\nflight-port = 1\nflush-rows = 7\n");
    assertThat(run("--config", file.toString(), "--check-config")).isZero();
    assertThat(out.toString())
        .contains("# from " + file + ":3")
        .contains("flush-rows = 7")
        .contains("flush-interval = 30s")
        .contains("engine-temp-dir = /d/temp");
  }

  @Test
  void wrongConfigurationAndUsageEndWithTwo() {
    assertThat(run("--config", directory.resolve("nowhere").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("cannot read the configuration file");
    assertThat(run("--nonsense")).isEqualTo(2);
  }

  private int run(String... arguments) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
