package io.datrang.server.flight;

import io.datrang.server.query.ShimService;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Request;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.NoOpFlightSqlProducer;

/**
 * Takes Flight calls and hands each to the service it is for.
 *
 * <p>Thread safe; called on gRPC's threads, which never wait here.
 */
public final class DatrangProducer extends NoOpFlightSqlProducer {
  private static final byte[] SHIM_PREFIX = Request.PREFIX.getBytes(StandardCharsets.US_ASCII);

  private final StreamRunner streams;
  private final Supplier<ShimService> shim;

  /**
   * A producer.
   *
   * @param shim the service, or throws while there is none
   */
  public DatrangProducer(StreamRunner streams, Supplier<ShimService> shim) {
    this.streams = streams;
    this.shim = shim;
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    byte[] bytes = ticket.getBytes();
    if (startsWith(bytes, SHIM_PREFIX)) {
      streams.start(
          "shim",
          context,
          listener,
          (answer, cancellation, memory) ->
              shim.get().serve(Request.parse(text(bytes)), answer, cancellation, memory));
    } else {
      super.getStream(context, ticket, listener);
    }
  }

  private static String text(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidRequestException("request is not UTF-8", e);
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }
}
