package io.datrang.server.health;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The status page, health and metrics over HTTP, on a few threads of its own. Reads only; a client
 * that is slow with its request, or to take the answer, is cut off.
 *
 * <p>{@code /health/live} answers while the process runs; {@code /health/ready} and {@code /health}
 * are 200 when queries can be served and 503 with the reason otherwise.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String HTML = "text/html; charset=utf-8";
  private static final int THREADS = 4;
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService thread;

  static {
    // Read by the server's classes when they are loaded: seconds for a request and for its answer.
    setDefault("sun.net.httpserver.maxReqTime", "5");
    setDefault("sun.net.httpserver.maxRspTime", "30");
  }

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

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
   * @param status the status page, in HTML
   */
  public static HttpEndpoint start(
      String host, int port, Health health, Supplier<String> metrics, Supplier<String> status)
      throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 16);
    ExecutorService thread =
        Executors.newFixedThreadPool(
            THREADS,
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
    page(server, "/", () -> new Page(200, HTML, status.get()));
    server.start();
    return new HttpEndpoint(server, thread);
  }

  public int port() {
    return server.getAddress().getPort();
  }

  private static Page readiness(Health health) {
    return new Page(health.problem().isPresent() ? 503 : 200, TEXT, state(health) + "\n");
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
            } else if (!Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
              send(exchange, new Page(405, TEXT, "only GET and HEAD are served\n"));
            } else {
              send(exchange, page.get());
            }
          }
        };
    server.createContext(path, handler);
  }

  private static void send(HttpExchange exchange, Page page) throws IOException {
    byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", page.type());
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
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
