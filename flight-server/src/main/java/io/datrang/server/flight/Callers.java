package io.datrang.server.flight;

import io.datrang.server.access.LoginRefusedException;
import io.datrang.server.access.Logins;
import io.datrang.server.access.Session;
import io.datrang.server.access.TableReader;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.FlightRuntimeException;

/** Tells the two kinds of callers apart, call by call. Thread safe. */
public final class Callers {
  private final Logins logins;

  public Callers(Logins logins) {
    this.logins = logins;
  }

  /**
   * The session of a Flight SQL client.
   *
   * @throws FlightRuntimeException when the caller is none
   */
  Session client(CallContext context) {
    if (isShim(context)) {
      throw refused(
          CallStatus.UNAUTHORIZED,
          "the secret is for the foreign data wrapper; log in as a PostgreSQL role");
    }
    return logins
        .byKey(context.peerIdentity())
        .orElseThrow(
            () -> refused(CallStatus.UNAUTHENTICATED, "the session has ended; log in again"));
  }

  /**
   * Does nothing for the foreign data wrapper.
   *
   * @throws FlightRuntimeException when the caller is another
   */
  void requireShim(CallContext context) {
    if (!isShim(context)) {
      throw refused(
          CallStatus.UNAUTHORIZED, "such requests are for the foreign data wrapper alone");
    }
  }

  TableReader reader(Session session) {
    return logins.reader(session);
  }

  /** Sets the role whose privileges count, its own for null; false when it is no member. */
  boolean actAs(Session session, String role) {
    try {
      logins.actAs(session, role);
      return true;
    } catch (LoginRefusedException e) {
      return false;
    }
  }

  void logOut(Session session) {
    logins.logOut(session);
  }

  private static boolean isShim(CallContext context) {
    return ClientAuthenticator.SHIM.equals(context.peerIdentity());
  }

  private static FlightRuntimeException refused(CallStatus status, String why) {
    return ErrorTranslation.flight(
        status,
        status == CallStatus.UNAUTHORIZED ? "42501" : "28000",
        new IllegalStateException(why),
        null,
        null);
  }
}
