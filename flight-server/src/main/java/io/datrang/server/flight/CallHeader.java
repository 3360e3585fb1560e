package io.datrang.server.flight;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.ServerHeaderMiddleware;

/** Headers of calls that mean something to us. */
final class CallHeader {
  /** Process id of the backend that asks. */
  static final String BACKEND_PID = "x-datrang-pid";

  /** WAL position a Flight SQL query must see. */
  static final String MIN_LSN = "datrang-min-lsn";

  /** Trace the call belongs to, as W3C Trace Context has it. */
  private static final String TRACE = "traceparent";

  private static final Pattern TRACE_FORM =
      Pattern.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}");

  /** Who asks. */
  static final String AUTHORIZATION = "authorization";

  private CallHeader() {}

  /** The id of the trace the call belongs to, or null. */
  static String trace(CallContext context) {
    String header = of(context, TRACE);
    Matcher trace = TRACE_FORM.matcher(header == null ? "" : header.trim());
    return trace.matches() ? trace.group(1) : null;
  }

  /** The token of the login that the call belongs to, or null. */
  static String token(CallContext context) {
    CallHeaders headers = headers(context);
    return headers == null ? null : ClientAuthenticator.token(headers);
  }

  /** The header's text, or null. */
  static String of(CallContext context, String name) {
    CallHeaders headers = headers(context);
    return headers == null ? null : headers.get(name);
  }

  private static CallHeaders headers(CallContext context) {
    ServerHeaderMiddleware middleware = context.getMiddleware(FlightConstants.HEADER_KEY);
    return middleware == null ? null : middleware.headers();
  }
}
