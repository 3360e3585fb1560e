package io.datrang.server.flight;

import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.auth2.CallHeaderAuthenticator;
import org.apache.arrow.memory.BufferAllocator;

/** One address the producer is served at. */
public final class FlightEndpoint implements AutoCloseable {
  /** What {@code sockaddr_un} holds. */
  private static final int SOCKET_PATH_MAX = 107;

  private static final int REQUEST_BYTES_MAX = 64 << 20;
  private static final int CALLS_OF_CONNECTION_MAX = 256;
  private static final int UNREAD_BYTES_MAX = 4 << 20;

  private final FlightServer server;
  private final ExecutorService calls;
  private final Path socket;

  private FlightEndpoint(FlightServer server, ExecutorService calls, Path socket) {
    this.server = server;
    this.calls = calls;
    this.socket = socket;
  }

  /**
   * Serves on a Unix socket; replaces a socket file nobody listens on.
   *
   * @throws IOException when another process serves there
   */
  public static FlightEndpoint unixSocket(
      Path socket,
      Set<PosixFilePermission> permissions,
      BufferAllocator allocator,
      FlightProducer producer,
      CallHeaderAuthenticator authenticator)
      throws IOException {
    Path path = socket.toAbsolutePath();
    if (path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
        > SOCKET_PATH_MAX) {
      throw new IOException("socket path longer than " + SOCKET_PATH_MAX + " bytes: " + path);
    }
    Files.createDirectories(path.getParent());
    removeStale(path);
    ExecutorService calls = threads();
    FlightServer server =
        builder(
                Location.forGrpcDomainSocket(path.toString()),
                allocator,
                producer,
                authenticator,
                calls,
                null)
            .build()
            .start();
    Files.setPosixFilePermissions(path, permissions);
    return new FlightEndpoint(server, calls, path);
  }

  /**
   * Serves on TCP; port 0 takes a free one.
   *
   * @param tls null for plaintext
   */
  public static FlightEndpoint tcp(
      String host,
      int port,
      BufferAllocator allocator,
      FlightProducer producer,
      CallHeaderAuthenticator authenticator,
      Tls tls)
      throws IOException {
    // Flight's own way to TLS reads the files once.
    ExecutorService calls = threads();
    FlightServer server =
        builder(
                Location.forGrpcInsecure(host, port),
                allocator,
                producer,
                authenticator,
                calls,
                tls)
            .build()
            .start();
    return new FlightEndpoint(server, calls, null);
  }

  /** The TCP port, −1 for a Unix socket. */
  public int port() {
    return server.getPort();
  }

  private static FlightServer.Builder builder(
      Location location,
      BufferAllocator allocator,
      FlightProducer producer,
      CallHeaderAuthenticator authenticator,
      ExecutorService calls,
      Tls tls) {
    Consumer<NettyServerBuilder> limits =
        netty -> {
          netty
              .permitKeepAliveTime(10, TimeUnit.SECONDS)
              .permitKeepAliveWithoutCalls(true)
              .handshakeTimeout(10, TimeUnit.SECONDS)
              .maxConcurrentCallsPerConnection(CALLS_OF_CONNECTION_MAX)
              .executor(Runnable::run) // until PeerAddress says where a call belongs
              .callExecutor(new PeerAddress(calls));
          if (tls != null) {
            netty.sslContext(tls.context());
          }
        };
    return FlightServer.builder(allocator, location, producer)
        .headerAuthenticator(authenticator)
        .executor(calls)
        .maxInboundMessageSize(REQUEST_BYTES_MAX)
        .backpressureThreshold(UNREAD_BYTES_MAX)
        .transportHint("grpc.builderConsumer", limits);
  }

  private static ExecutorService threads() {
    AtomicLong number = new AtomicLong();
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "flight-call-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  private static void removeStale(Path socket) throws IOException {
    if (!Files.exists(socket)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(java.net.UnixDomainSocketAddress.of(socket))) {
      throw new IOException("another process serves at " + socket);
    } catch (java.net.ConnectException e) {
      Files.delete(socket);
    }
  }

  /** Takes no new calls and ends those that run. */
  @Override
  public void close() {
    try {
      server.shutdown();
      if (!server.awaitTermination(2, TimeUnit.SECONDS)) {
        server.close();
      }
      calls.shutdownNow();
      if (socket != null) {
        Files.deleteIfExists(socket);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
