package io.datrang.server.flight;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.Executor;
import org.apache.arrow.flight.CallHeaders;

/**
 * Writes the address a call comes from into a header, over whatever the client has put there.
 *
 * <p>Flight shows authenticators headers only, and this is the one place of gRPC that sees both
 * before they run; the executor stays the server's.
 */
final class PeerAddress implements ServerCallExecutorSupplier {
  private static final String HEADER = "x-datrang-peer";
  private static final Metadata.Key<String> KEY =
      Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER);

  @Override
  public <Q, A> Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
    headers.discardAll(KEY);
    headers.put(KEY, text(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
    return null;
  }

  /** The host without the port, {@code local} for a Unix socket. */
  static String of(CallHeaders headers) {
    String text = headers.get(HEADER);
    return text == null ? "unknown" : text;
  }

  private static String text(SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "local";
  }
}
