package io.datrang.server.flight;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.auth2.CallHeaderAuthenticator;

/**
 * Lets in whoever shows the secret: as a bearer token, or as the password of Basic authentication.
 *
 * <p>The user name becomes the peer's identity; rights per role would be decided from it.
 */
public final class SecretAuthenticator implements CallHeaderAuthenticator {
  private static final String HEADER = "authorization";
  private static final String BEARER = "Bearer ";
  private static final String BASIC = "Basic ";

  private final Secret secret;

  /** An authenticator; with no secret (null) everybody is let in. */
  public SecretAuthenticator(Secret secret) {
    this.secret = secret;
  }

  @Override
  public AuthResult authenticate(CallHeaders headers) {
    String header = headers.get(HEADER);
    if (header != null && startsWith(header, BASIC)) {
      return basic(header.substring(BASIC.length()).trim());
    }
    if (secret == null) {
      return () -> "anonymous";
    }
    if (header != null
        && startsWith(header, BEARER)
        && secret.matches(header.substring(BEARER.length()).trim())) {
      return () -> "bearer";
    }
    throw refused(header == null ? "no secret was given" : "the secret is wrong");
  }

  private AuthResult basic(String encoded) {
    String credentials;
    try {
      credentials = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw refused("the credentials are not Base64");
    }
    int colon = credentials.indexOf(':');
    String user = colon < 0 ? credentials : credentials.substring(0, colon);
    String password = colon < 0 ? "" : credentials.substring(colon + 1);
    if (secret != null && !secret.matches(password)) {
      throw refused("the password is wrong");
    }
    return new AuthResult() {
      @Override
      public String getPeerIdentity() {
        return user;
      }

      @Override
      public void appendToOutgoingHeaders(CallHeaders outgoing) {
        // The client goes on with what it already knows.
        outgoing.insert(HEADER, BEARER + password);
      }
    };
  }

  private static boolean startsWith(String header, String scheme) {
    return header.regionMatches(true, 0, scheme, 0, scheme.length());
  }

  private static FlightRuntimeException refused(String why) {
    return CallStatus.UNAUTHENTICATED
        .withDescription(
            "authentication failed: "
                + why
                + "; the secret belongs into the user mapping's option \"secret\", or into the"
                + " password or token of a Flight SQL connection")
        .toRuntimeException();
  }
}
