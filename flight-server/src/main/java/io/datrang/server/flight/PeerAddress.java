package io.datrang.server.flight;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.Executor;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.FlightConstants;

/**
 * Writes the address a call comes from into a header, over whatever the client has put there.
 *
 * <p>Flight shows authenticators headers only, and this is the one place of gRPC that sees both
 * before they run. Streams for the foreign data wrapper are taken in by the thread that reads its
 * socket, which only hands them to a query's thread: no other thread to wake for a short query. All
 * other calls go to threads that may wait.
 */
final class PeerAddress implements ServerCallExecutorSupplier {
  private static final String HEADER = "x-datrang-peer";
  private static final String STREAM =
      MethodDescriptor.generateFullMethodName(FlightConstants.SERVICE, "DoGet");
  private static final Metadata.Key<String> KEY =
      Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> BACKEND_PID =
      Metadata.Key.of(CallHeader.BACKEND_PID, Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of(CallHeader.AUTHORIZATION, Metadata.ASCII_STRING_MARSHALLER);

  private final Executor others;

  /**
   * Runs on the thread that reads the socket.
   *
   * @param others runs all calls but backends' streams
   */
  PeerAddress(Executor others) {
    this.others = others;
  }

  @Override
  public <Q, A> Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
    headers.discardAll(KEY);
    headers.put(KEY, text(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
    return isBackendsStream(call, headers) ? Runnable::run : others;
  }

  /** Whoever logs in may have to wait for PostgreSQL, and is none. */
  private static boolean isBackendsStream(ServerCall<?, ?> call, Metadata headers) {
    String login = headers.get(AUTHORIZATION);
    return headers.containsKey(BACKEND_PID)
        && call.getMethodDescriptor().getFullMethodName().equals(STREAM)
        && (login == null || ClientAuthenticator.isToken(login));
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
