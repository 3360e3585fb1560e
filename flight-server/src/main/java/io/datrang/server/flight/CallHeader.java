package io.datrang.server.flight;

import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.ServerHeaderMiddleware;

/** Headers of calls that mean something to us. */
final class CallHeader {
  /** Process id of the backend that asks. */
  static final String BACKEND_PID = "x-datrang-pid";

  /** WAL position a Flight SQL query must see. */
  static final String MIN_LSN = "datrang-min-lsn";

  private CallHeader() {}

  /** The header's text, or null. */
  static String of(CallContext context, String name) {
    ServerHeaderMiddleware middleware = context.getMiddleware(FlightConstants.HEADER_KEY);
    return middleware == null ? null : middleware.headers().get(name);
  }
}
