package io.datrang.server.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Health and metrics over HTTP, on one thread of its own.
 *
 * <p>{@code /health/live} answers while the process runs; {@code /health/ready} and {@code /health}
 * are 200 when queries can be served and 503 with the reason otherwise.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService thread;

  private record Page(int status, String type, String text) {}

  private HttpEndpoint(HttpServer server, ExecutorService thread) {
    this.server = server;
    this.thread = thread;
  }

  /**
   * Starts.
   *
   * @param port 0 takes a free one
   * @param metrics the page of metrics, in Prometheus' text form
   */
  public static HttpEndpoint start(
      String host, int port, String version, Health health, Supplier<String> metrics)
      throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 16);
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread created = new Thread(task, "http");
              created.setDaemon(true);
              return created;
            });
    server.setExecutor(thread);
    page(server, "/health/live", () -> new Page(200, TEXT, "live\n"));
    page(server, "/health", () -> readiness(health));
    page(server, "/health/ready", () -> readiness(health));
    page(server, "/metrics", () -> new Page(200, PROMETHEUS, metrics.get()));
    page(server, "/", () -> new Page(200, TEXT, overview(version, health)));
    server.start();
    return new HttpEndpoint(server, thread);
  }

  public int port() {
    return server.getAddress().getPort();
  }

  private static Page readiness(Health health) {
    return new Page(health.problem().isPresent() ? 503 : 200, TEXT, state(health) + "\n");
  }

  private static String overview(String version, Health health) {
    return "Datrang sidecar "
        + version
        + ", "
        + state(health)
        + "\n/health/live\n/health/ready\n/metrics\n";
  }

  private static String state(Health health) {
    return health
        .problem()
        .map(reason -> "not ready: " + reason)
        .orElseGet(() -> "ready" + health.warning().map(w -> ", but: " + w).orElse(""));
  }

  private static void page(HttpServer server, String path, Supplier<Page> page) {
    HttpHandler handler =
        exchange -> {
          try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(path)) {
              send(exchange, new Page(404, TEXT, "no such page\n"));
            } else {
              send(exchange, page.get());
            }
          }
        };
    server.createContext(path, handler);
  }

  private static void send(HttpExchange exchange, Page page) throws IOException {
    byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", page.type());
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(page.status(), head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    thread.shutdownNow();
  }
}
