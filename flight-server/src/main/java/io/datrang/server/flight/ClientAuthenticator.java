package io.datrang.server.flight;

import io.datrang.server.access.Logins;
import io.datrang.server.access.Sessions;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.auth2.CallHeaderAuthenticator;

/**
 * Who is let in at one address: the foreign data wrapper with the shared secret as bearer token;
 * others with user and password of a PostgreSQL role, for which they get a token of their own, once
 * as bearer token and once as cookie: some clients (ADBC's for Java) give nothing else of a login
 * with later calls.
 *
 * <p>Thread safe. The identity of a call is {@link #SHIM} or the key of a session.
 */
public final class ClientAuthenticator implements CallHeaderAuthenticator {
  /** Identity of the foreign data wrapper; no session's key is that short. */
  static final String SHIM = "shim";

  private static final String HEADER = "authorization";
  private static final String BEARER = "Bearer ";
  private static final String BASIC = "Basic ";
  private static final String COOKIE = "datrang_session";

  private final Secret secret;
  private final boolean trusted;
  private final Logins logins;

  private ClientAuthenticator(Secret secret, boolean trusted, Logins logins) {
    this.secret = secret;
    this.trusted = trusted;
    this.logins = logins;
  }

  /** For a Unix socket: without a secret (null), its file's permissions say who may ask. */
  public static ClientAuthenticator ofSocket(Secret secret, Logins logins) {
    return new ClientAuthenticator(secret, secret == null, logins);
  }

  /** For TCP: without a secret (null), the foreign data wrapper cannot ask here. */
  public static ClientAuthenticator ofTcp(Secret secret, Logins logins) {
    return new ClientAuthenticator(secret, false, logins);
  }

  @Override
  public AuthResult authenticate(CallHeaders headers) {
    String header = headers.get(HEADER);
    String token = token(headers);
    if (token != null) {
      // The secret is no cookie: only what a login gave may come back as one.
      boolean isSecret = header != null && secret != null && secret.matches(token);
      return isSecret ? () -> SHIM : session(token);
    }
    if (header != null && startsWith(header, BASIC)) {
      return logIn(header.substring(BASIC.length()).trim(), PeerAddress.of(headers));
    }
    if (header != null) {
      throw refused("the credentials are neither Basic nor Bearer");
    }
    if (trusted) {
      return () -> SHIM;
    }
    throw refused("no credentials were given");
  }

  /** What a login was answered with and the call has brought back, or null. */
  static String token(CallHeaders headers) {
    String header = headers.get(HEADER);
    if (header == null) {
      return cookie(headers);
    }
    return startsWith(header, BEARER) ? header.substring(BEARER.length()).trim() : null;
  }

  private AuthResult session(String token) {
    String key =
        logins.session(token).orElseThrow(() -> refused("the token is wrong or has expired")).key();
    return () -> key;
  }

  /** Our cookie's value, null without one. */
  private static String cookie(CallHeaders headers) {
    // getAll() of a header that is not there fails
    for (String header :
        headers.containsKey("cookie") ? headers.getAll("cookie") : List.<String>of()) {
      for (String pair : header.split(";")) {
        if (pair.strip().startsWith(COOKIE + "=")) {
          // some clients send values in quotes
          return pair.strip().substring(COOKIE.length() + 1).replace("\"", "");
        }
      }
    }
    return null;
  }

  private AuthResult logIn(String encoded, String peer) {
    String credentials;
    try {
      credentials = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw refused("the credentials are not Base64");
    }
    int colon = credentials.indexOf(':');
    if (colon < 0) {
      throw refused("the credentials are not user and password");
    }
    Sessions.Opened opened;
    try {
      opened =
          logins.logIn(credentials.substring(0, colon), credentials.substring(colon + 1), peer);
    } catch (RuntimeException e) {
      throw ErrorTranslation.translate(e);
    }
    return new AuthResult() {
      @Override
      public String getPeerIdentity() {
        return opened.session().key();
      }

      @Override
      public void appendToOutgoingHeaders(CallHeaders outgoing) {
        outgoing.insert(HEADER, BEARER + opened.token());
        outgoing.insert("set-cookie", COOKIE + "=" + opened.token() + "; Path=/; HttpOnly");
      }
    };
  }

  /** Whether the header says who asks without anybody else being asked. */
  static boolean isToken(String header) {
    return startsWith(header, BEARER);
  }

  private static boolean startsWith(String header, String scheme) {
    return header.regionMatches(true, 0, scheme, 0, scheme.length());
  }

  private static FlightRuntimeException refused(String why) {
    return CallStatus.UNAUTHENTICATED
        .withDescription(
            "authentication failed: "
                + why
                + "; the foreign data wrapper's secret belongs into the user mapping's option"
                + " \"secret\", Flight SQL clients give user and password of a PostgreSQL role")
        .toRuntimeException();
  }
}
