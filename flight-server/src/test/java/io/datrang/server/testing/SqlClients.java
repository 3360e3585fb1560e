package io.datrang.server.testing;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightClientMiddleware;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.auth2.Auth2Constants;
import org.apache.arrow.flight.auth2.BasicAuthCredentialWriter;
import org.apache.arrow.flight.auth2.ClientBearerHeaderHandler;
import org.apache.arrow.flight.auth2.ClientIncomingAuthHeaderMiddleware;
import org.apache.arrow.flight.grpc.CredentialCallOption;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.memory.BufferAllocator;

/** Flight SQL clients that send the same credentials with every call. */
public final class SqlClients {
  private SqlClients() {}

  /** Logged in with user and password; the token that was given goes with every call. */
  public static FlightSqlClient loggedIn(BufferAllocator memory, int port, String user)
      throws InterruptedException {
    return with(memory, port, Auth2Constants.BEARER_PREFIX + token(memory, port, user));
  }

  /** A token for a role. */
  public static String token(BufferAllocator memory, int port, String user)
      throws InterruptedException {
    return token(memory, port, user, TestRoles.PASSWORD);
  }

  /** A token for user and password. */
  public static String token(BufferAllocator memory, int port, String user, String password)
      throws InterruptedException {
    AtomicReference<String> token = new AtomicReference<>();
    try (FlightClient client =
        FlightClient.builder(memory, location(port))
            .intercept(
                new ClientIncomingAuthHeaderMiddleware.Factory(
                    new ClientBearerHeaderHandler() {
                      @Override
                      public CredentialCallOption getCredentialCallOptionFromIncomingHeaders(
                          CallHeaders incoming) {
                        token.set(incoming.get(Auth2Constants.AUTHORIZATION_HEADER));
                        return null;
                      }
                    }))
            .build()) {
      client.handshake(new CredentialCallOption(new BasicAuthCredentialWriter(user, password)));
    }
    return token.get().substring(Auth2Constants.BEARER_PREFIX.length());
  }

  /** A client that sends this authorization header, or none for null. */
  public static FlightSqlClient with(BufferAllocator memory, int port, String authorization) {
    return new FlightSqlClient(client(memory, port, authorization));
  }

  /**
   * A client that sends this authorization header, or none for null.
   *
   * @param more other headers: name, value, name, value
   */
  public static FlightClient client(
      BufferAllocator memory, int port, String authorization, String... more) {
    return FlightClient.builder(memory, location(port))
        .intercept(info -> new Headers(authorization, List.of(more)))
        .build();
  }

  private static Location location(int port) {
    return Location.forGrpcInsecure("127.0.0.1", port);
  }

  private record Headers(String authorization, List<String> more)
      implements FlightClientMiddleware {
    @Override
    public void onBeforeSendingHeaders(CallHeaders outgoing) {
      if (authorization != null) {
        outgoing.insert(Auth2Constants.AUTHORIZATION_HEADER, authorization);
      }
      for (int i = 0; i < more.size(); i += 2) {
        outgoing.insert(more.get(i), more.get(i + 1));
      }
    }

    @Override
    public void onHeadersReceived(CallHeaders incoming) {}

    @Override
    public void onCallCompleted(CallStatus status) {}
  }
}
