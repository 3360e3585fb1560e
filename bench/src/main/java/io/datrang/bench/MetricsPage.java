package io.datrang.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the sidecar says of itself at one moment. */
record MetricsPage(String text) {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  static MetricsPage read() throws IOException, InterruptedException {
    URI page = URI.create(System.getenv("DATRANG_METRICS_URL"));
    return new MetricsPage(
        CLIENT.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString()).body());
  }

  /** The value of a metric without labels; 0 when it is not there. */
  double value(String name) {
    Matcher line =
        Pattern.compile("^" + Pattern.quote(name) + " (\\S+)", Pattern.MULTILINE).matcher(text);
    return line.find() ? Double.parseDouble(line.group(1)) : 0;
  }
}
