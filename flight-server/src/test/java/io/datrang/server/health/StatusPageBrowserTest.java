package io.datrang.server.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The status page as a browser shows it; {@code ./dev test} installs the browser. */
class StatusPageBrowserTest {
  private static final Path BROWSER = Path.of("/usr/bin/chromium");

  @TempDir private Path directory;

  @Test
  void aBrowserShowsThePageAndRunsNothingInIt() throws Exception {
    if (System.getenv("DATRANG_TEST_REQUIRED") == null) {
      assumeTrue(Files.isExecutable(BROWSER), "the Debian package chromium is not installed");
    }
    StatusPage page = new StatusPage("Datrang </title><script>document.title='x'</script>");
    page.line("ready", true);
    page.line("<img src=x onerror=\"document.body.innerHTML='gone'\">", false);
    page.table(
        "Columnar tables",
        List.of("table", "state"),
        List.of(
            List.of("columnar.orders", "streaming"),
            List.of("<script>document.body.innerHTML='gone'</script>", "\"'&lt;")));
    page.table("Running queries", List.of("id"), List.of());
    Health health = new Health();
    try (HttpEndpoint http = HttpEndpoint.start("127.0.0.1", 0, health, () -> "", page::html)) {
      String shown = shown("http://127.0.0.1:" + http.port() + "/");
      assertThat(shown)
          .contains("<h1>Datrang &lt;/title&gt;&lt;script&gt;document.title='x'")
          .contains("<p class=\"good\">ready</p>", "&lt;img src=x onerror=")
          .contains("<h2>Columnar tables</h2>", "<th>table</th><th>state</th>")
          .contains("<td>columnar.orders</td><td>streaming</td>")
          .contains("<td>&lt;script&gt;document.body.innerHTML='gone'&lt;/script&gt;</td>")
          .contains("<td>\"'&amp;lt;</td>", "<h2>Running queries</h2><p>none</p>")
          .doesNotContain("<script", "<img");
    }
  }

  /** The document after the browser has loaded it. */
  private String shown(String address) throws Exception {
    Path document = directory.resolve("document");
    Path log = directory.resolve("log");
    Process browser =
        new ProcessBuilder(
                BROWSER.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--enable-logging=stderr",
                "--user-data-dir=" + directory.resolve("profile"),
                "--dump-dom",
                address)
            .redirectOutput(document.toFile())
            .redirectError(log.toFile())
            .start();
    try {
      assertThat(browser.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      browser.descendants().forEach(ProcessHandle::destroyForcibly);
      browser.destroyForcibly();
    }
    // What the page's own policy forbids, style among it, would be reported here.
    assertThat(Files.readString(log, StandardCharsets.UTF_8)).doesNotContain("CONSOLE");
    return Files.readString(document, StandardCharsets.UTF_8);
  }
}
