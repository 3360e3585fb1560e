package io.datrang.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.datrang.server.flightsql.ParameterValues;
import io.datrang.server.flightsql.PreparedStatements.Prepared;
import io.datrang.server.flightsql.SqlRefusedException;
import io.datrang.server.flightsql.SqlService;
import io.datrang.server.request.Freshness;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Request;
import io.datrang.types.Lsn;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.SchemaResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionClosePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementResult;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Takes Flight calls and hands each to the service it is for: requests of the shim, and Flight SQL
 * statements.
 *
 * <p>Thread safe; called on gRPC's threads. Streams never wait there, planning does.
 */
public final class DatrangProducer extends MetadataProducer {
  private static final byte[] SHIM_PREFIX = Request.PREFIX.getBytes(StandardCharsets.US_ASCII);

  private final StreamRunner streams;
  private final Supplier<Services> services;
  private final Duration freshnessTimeout;

  /**
   * A producer.
   *
   * @param services where calls go, or throws while there is nothing
   * @param freshnessTimeout longest wait of a Flight SQL query for the position it must see
   */
  public DatrangProducer(
      StreamRunner streams,
      Supplier<Services> services,
      Duration freshnessTimeout,
      String version) {
    super(streams, () -> services.get().sql().metadata(), version);
    this.streams = streams;
    this.services = services;
    this.freshnessTimeout = freshnessTimeout;
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
              services
                  .get()
                  .shim()
                  .serve(Request.parse(text(bytes)), answer, cancellation, memory));
      return;
    }
    try {
      super.getStream(context, ticket, listener);
    } catch (RuntimeException e) {
      listener.error(ErrorTranslation.translate(e));
    }
  }

  // ---- statements ----

  @Override
  public FlightInfo getFlightInfoStatement(
      CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    Schema schema = describe(command.getQuery(), List.of()).result();
    TicketStatementQuery ticket =
        TicketStatementQuery.newBuilder().setStatementHandle(command.getQueryBytes()).build();
    return info(ticket, schema, descriptor);
  }

  @Override
  public SchemaResult getSchemaStatement(
      CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    return new SchemaResult(describe(command.getQuery(), List.of()).result());
  }

  @Override
  public void getStreamStatement(
      TicketStatementQuery ticket, CallContext context, ServerStreamListener listener) {
    run(ticket.getStatementHandle().toStringUtf8(), List.of(), context, listener);
  }

  // ---- prepared statements ----

  @Override
  public void createPreparedStatement(
      ActionCreatePreparedStatementRequest request,
      CallContext context,
      StreamListener<Result> listener) {
    try {
      SqlService.Description description = describe(request.getQuery(), List.of());
      String handle = services.get().sql().prepared().add(request.getQuery());
      ActionCreatePreparedStatementResult result =
          ActionCreatePreparedStatementResult.newBuilder()
              .setPreparedStatementHandle(ByteString.copyFromUtf8(handle))
              .setDatasetSchema(ByteString.copyFrom(description.result().serializeAsMessage()))
              .setParameterSchema(
                  ByteString.copyFrom(description.parameters().serializeAsMessage()))
              .build();
      listener.onNext(new Result(Any.pack(result).toByteArray()));
      listener.onCompleted();
    } catch (RuntimeException e) {
      listener.onError(ErrorTranslation.translate(e));
    }
  }

  @Override
  public void closePreparedStatement(
      ActionClosePreparedStatementRequest request,
      CallContext context,
      StreamListener<Result> listener) {
    try {
      services.get().sql().prepared().remove(handle(request.getPreparedStatementHandle()));
      listener.onCompleted();
    } catch (RuntimeException e) {
      listener.onError(ErrorTranslation.translate(e));
    }
  }

  @Override
  public Runnable acceptPutPreparedStatementQuery(
      CommandPreparedStatementQuery command,
      CallContext context,
      FlightStream parameters,
      StreamListener<PutResult> listener) {
    return () -> {
      try {
        String handle = handle(command.getPreparedStatementHandle());
        while (parameters.next()) {
          if (parameters.hasRoot()) {
            services.get().sql().prepared().bind(handle, ParameterValues.of(parameters.getRoot()));
          }
        }
        listener.onCompleted();
      } catch (RuntimeException e) {
        listener.onError(ErrorTranslation.translate(e));
      }
    };
  }

  @Override
  public FlightInfo getFlightInfoPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    Prepared prepared = prepared(command);
    return info(command, describe(prepared.sql(), prepared.parameters()).result(), descriptor);
  }

  @Override
  public SchemaResult getSchemaPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    Prepared prepared = prepared(command);
    return new SchemaResult(describe(prepared.sql(), prepared.parameters()).result());
  }

  @Override
  public void getStreamPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, ServerStreamListener listener) {
    Prepared prepared = prepared(command);
    run(prepared.sql(), prepared.parameters(), context, listener);
  }

  // ---- shared ----

  private Prepared prepared(CommandPreparedStatementQuery command) {
    try {
      return services.get().sql().prepared().get(handle(command.getPreparedStatementHandle()));
    } catch (RuntimeException e) {
      throw ErrorTranslation.translate(e);
    }
  }

  private SqlService.Description describe(String sql, List<Object> parameters) {
    try (BufferAllocator memory = streams.memory("describe")) {
      return services.get().sql().describe(sql, parameters, memory);
    } catch (RuntimeException e) {
      throw ErrorTranslation.translate(e);
    }
  }

  private void run(
      String sql, List<Object> parameters, CallContext context, ServerStreamListener listener) {
    String minLsn = CallHeader.of(context, CallHeader.MIN_LSN);
    streams.start(
        "sql",
        context,
        listener,
        (answer, cancellation, memory) ->
            services
                .get()
                .sql()
                .run(sql, parameters, freshness(minLsn), answer, cancellation, memory));
  }

  private Freshness freshness(String minLsn) {
    if (minLsn == null || minLsn.isBlank()) {
      return new Freshness.Eventual();
    }
    try {
      return new Freshness.Latest(Lsn.parse(minLsn.trim()), freshnessTimeout);
    } catch (IllegalArgumentException e) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID, CallHeader.MIN_LSN + ": " + e.getMessage());
    }
  }

  private static FlightInfo info(Message ticket, Schema schema, FlightDescriptor descriptor) {
    return flightInfo(Any.pack(ticket).toByteArray(), schema, descriptor);
  }

  private static String handle(ByteString handle) {
    return handle.toStringUtf8();
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
