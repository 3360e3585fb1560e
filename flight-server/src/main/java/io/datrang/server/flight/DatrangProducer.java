package io.datrang.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.datrang.server.access.Session;
import io.datrang.server.flightsql.ParameterValues;
import io.datrang.server.flightsql.PreparedStatements.Prepared;
import io.datrang.server.flightsql.SqlRefusedException;
import io.datrang.server.flightsql.SqlService;
import io.datrang.server.request.Freshness;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Request;
import io.datrang.server.updates.ClientWrites;
import io.datrang.server.updates.Writer;
import io.datrang.types.Lsn;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Takes Flight calls and hands each to the service it is for: requests of the shim, and Flight SQL
 * statements.
 *
 * <p>Thread safe; called on gRPC's threads. Streams never wait there, planning does. What has its
 * answer in memory is answered there.
 */
public final class DatrangProducer extends WriteProducer {
  private static final byte[] SHIM_PREFIX = Request.PREFIX.getBytes(StandardCharsets.US_ASCII);

  /** Longer requests are not looked at by the thread that reads the socket. */
  private static final int AT_ONCE_BYTES_MAX = 2048;

  private final StreamRunner streams;
  private final Callers callers;
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
      Callers callers,
      ClientWrites writes,
      Supplier<Services> services,
      Duration freshnessTimeout,
      String version) {
    super(
        streams,
        callers,
        writes,
        session -> services.get().sql().metadata(callers.reader(session)),
        version);
    this.streams = streams;
    this.callers = callers;
    this.services = services;
    this.freshnessTimeout = freshnessTimeout;
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    byte[] bytes = ticket.getBytes();
    try {
      if (startsWith(bytes, SHIM_PREFIX)) {
        callers.requireShim(context);
        serveShim(bytes, context, listener);
      } else {
        super.getStream(context, ticket, listener);
      }
    } catch (RuntimeException e) {
      listener.error(ErrorTranslation.translate(e));
    }
  }

  private void serveShim(byte[] bytes, CallContext context, ServerStreamListener listener) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    String request = text(ByteBuffer.wrap(bytes, 0, end));
    byte[] payload = Arrays.copyOfRange(bytes, Math.min(end + 1, bytes.length), bytes.length);
    Request parsed =
        bytes.length <= AT_ONCE_BYTES_MAX || request.contains("(divided ")
            ? parsed(request, payload)
            : null;
    if (parsed instanceof Request.Part part) {
      streams.divided().join(part, listener);
      return;
    }
    if (parsed instanceof Request.Query query && query.divided() != null) {
      String told = request.replace(query.divided().name(), "...");
      start(told, parsed, context, streams.divided().divide(query.divided(), listener));
      return;
    }
    StreamRunner.Work work = new StreamRunner.Work("shim", null, null, request);
    if (parsed instanceof Request.Query query
        && streams.runAtOnce(
            work,
            listener,
            (answer, memory) -> services.get().shim().serveAtOnce(query, answer, memory))) {
      return;
    }
    streams.start(
        work,
        context,
        listener,
        (answer, cancellation, memory) ->
            services
                .get()
                .shim()
                .serve(
                    parsed != null ? parsed : Request.parse(request, payload),
                    answer,
                    cancellation,
                    memory));
  }

  /** Starts a request whose streams all have to hear of its end. */
  private void start(
      String text, Request request, CallContext context, ServerStreamListener listener) {
    try {
      streams.start(
          new StreamRunner.Work("shim", null, null, text),
          context,
          listener,
          (answer, cancellation, memory) ->
              services.get().shim().serve(request, answer, cancellation, memory));
    } catch (RuntimeException | Error e) {
      listener.error(ErrorTranslation.translate(e));
    }
  }

  /** Null when it cannot be: whoever runs it says why. */
  private static Request parsed(String request, byte[] payload) {
    try {
      return Request.parse(request, payload);
    } catch (RuntimeException e) {
      return null;
    }
  }

  // ---- statements ----

  @Override
  public FlightInfo getFlightInfoStatement(
      CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    Session session = callers.client(context);
    checkReadable(session, id(command.getTransactionId()));
    Schema schema = describe(session, command.getQuery(), List.of(), context).result();
    StatementHandle whole = StatementHandle.of(command.getQuery());
    return flightInfo(tickets(whole, ticket(whole), session, context), schema, descriptor);
  }

  @Override
  public SchemaResult getSchemaStatement(
      CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    return new SchemaResult(
        describe(callers.client(context), command.getQuery(), List.of(), context).result());
  }

  @Override
  public void getStreamStatement(
      TicketStatementQuery ticket, CallContext context, ServerStreamListener listener) {
    StatementHandle handle = StatementHandle.parse(ticket.getStatementHandle());
    if (handle.part() != null) {
      runPart(handle, context, listener);
      return;
    }
    Prepared statement = new Prepared(0, handle.sql(), null, List.of());
    run(handle.id(), statement, context, listener);
  }

  // ---- prepared statements ----

  @Override
  public void createPreparedStatement(
      ActionCreatePreparedStatementRequest request,
      CallContext context,
      StreamListener<Result> listener) {
    try {
      Session session = callers.client(context);
      String transaction = id(request.getTransactionId());
      SqlService.Description description = prepare(request.getQuery(), transaction, context);
      String handle =
          services.get().sql().prepared().add(owner(session), request.getQuery(), transaction);
      ActionCreatePreparedStatementResult result =
          ActionCreatePreparedStatementResult.newBuilder()
              .setPreparedStatementHandle(ByteString.copyFromUtf8(handle))
              .setDatasetSchema(ByteString.copyFrom(description.result().serializeAsMessage()))
              .setParameterSchema(
                  ByteString.copyFrom(description.parameters().serializeAsMessage()))
              .build();
      listener.onNext(packed(result));
      listener.onCompleted();
    } catch (RuntimeException e) {
      listener.onError(ErrorTranslation.translate(e));
    }
  }

  private SqlService.Description prepare(String sql, String transaction, CallContext context) {
    Session session = callers.client(context);
    if (!ClientWrites.isWrite(sql)) {
      checkReadable(session, transaction);
      return describe(session, sql, List.of(), context);
    }
    Writer writer = writer(context);
    Schema parameters =
        streams.call(
            new StreamRunner.Work("describe", null, session, sql),
            (cancellation, memory) -> writes().parameters(writer, transaction, sql, cancellation));
    return new SqlService.Description(parameters, new Schema(List.of()));
  }

  @Override
  public Runnable acceptPutPreparedStatementUpdate(
      CommandPreparedStatementUpdate command,
      CallContext context,
      FlightStream rows,
      StreamListener<PutResult> listener) {
    return () -> {
      try {
        Prepared prepared = prepared(context, command.getPreparedStatementHandle());
        update(prepared.sql(), prepared.transaction(), context, rows, listener);
      } catch (RuntimeException e) {
        listener.onError(ErrorTranslation.translate(e));
      }
    };
  }

  @Override
  public void closePreparedStatement(
      ActionClosePreparedStatementRequest request,
      CallContext context,
      StreamListener<Result> listener) {
    try {
      Session session = callers.client(context);
      services
          .get()
          .sql()
          .prepared()
          .remove(owner(session), request.getPreparedStatementHandle().toStringUtf8());
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
        long owner = owner(callers.client(context));
        String handle = command.getPreparedStatementHandle().toStringUtf8();
        while (parameters.next()) {
          if (parameters.hasRoot()) {
            List<Object> values = ParameterValues.of(parameters.getRoot());
            services.get().sql().prepared().bind(owner, handle, values);
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
    Schema schema = describe(command, context).result();
    Session session = callers.client(context);
    Prepared prepared = prepared(context, command.getPreparedStatementHandle());
    byte[] whole = Any.pack(command).toByteArray();
    return flightInfo(
        prepared.parameters().isEmpty()
            ? tickets(StatementHandle.of(prepared.sql()), whole, session, context)
            : List.of(whole),
        schema,
        descriptor);
  }

  @Override
  public SchemaResult getSchemaPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    return new SchemaResult(describe(command, context).result());
  }

  @Override
  public void getStreamPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, ServerStreamListener listener) {
    Prepared prepared = prepared(context, command.getPreparedStatementHandle());
    run(command.getPreparedStatementHandle().toStringUtf8(), prepared, context, listener);
  }

  // ---- shared ----

  private Prepared prepared(CallContext context, ByteString statement) {
    try {
      long owner = owner(callers.client(context));
      return services.get().sql().prepared().get(owner, statement.toStringUtf8());
    } catch (RuntimeException e) {
      throw ErrorTranslation.translate(e);
    }
  }

  private SqlService.Description describe(
      CommandPreparedStatementQuery command, CallContext context) {
    Session session = callers.client(context);
    Prepared prepared = prepared(context, command.getPreparedStatementHandle());
    checkReadable(session, prepared.transaction());
    return describe(session, prepared.sql(), prepared.parameters(), context);
  }

  /** By the tables there are when it runs: it waits for the same position. */
  private SqlService.Description describe(
      Session session, String sql, List<Object> parameters, CallContext context) {
    try {
      Freshness freshness = freshness(session, context);
      return streams.call(
          new StreamRunner.Work("describe", null, session, sql),
          (cancellation, memory) ->
              services
                  .get()
                  .sql()
                  .describe(statement(session, sql, parameters), freshness, cancellation, memory));
    } catch (RuntimeException e) {
      throw ErrorTranslation.translate(e);
    }
  }

  private void run(
      String handle, Prepared prepared, CallContext context, ServerStreamListener listener) {
    Session session = callers.client(context);
    Freshness freshness = freshness(session, context);
    streams.start(
        new StreamRunner.Work("sql", handle, session, prepared.sql()),
        context,
        listener,
        (answer, cancellation, memory) ->
            services
                .get()
                .sql()
                .run(
                    statement(session, prepared.sql(), prepared.parameters()),
                    freshness,
                    answer,
                    cancellation,
                    memory));
  }

  private void runPart(StatementHandle handle, CallContext context, ServerStreamListener listener) {
    Session session = callers.client(context);
    streams.start(
        new StreamRunner.Work("sql", handle.id(), session, handle.sql()),
        context,
        listener,
        (answer, cancellation, memory) ->
            services
                .get()
                .sql()
                .run(
                    statement(session, handle.sql(), List.of()),
                    handle.part(),
                    owner(session),
                    answer,
                    cancellation,
                    memory));
  }

  private SqlService.Statement statement(Session session, String sql, List<Object> parameters) {
    return new SqlService.Statement(
        sql,
        parameters,
        SessionOptions.schema(session).orElse(null),
        callers.reader(session),
        streams.limits().memory(session));
  }

  private static long owner(Session session) {
    return session.role().userOid();
  }

  private void checkReadable(Session session, String transaction) {
    try {
      if (transaction != null) {
        writes().transactions().checkReadable(session, transaction);
      }
    } catch (RuntimeException e) {
      throw ErrorTranslation.translate(e);
    }
  }

  /** What the client asks for, and what it has written itself. */
  private Freshness freshness(Session session, CallContext context) {
    String header = CallHeader.of(context, CallHeader.MIN_LSN);
    String minLsn = header != null ? header : SessionOptions.minLsn(session).orElse(null);
    Lsn written = session.written().get();
    try {
      boolean asked = minLsn != null && !minLsn.isBlank();
      Lsn least = asked ? Lsn.parse(minLsn.trim()) : written;
      if (least == null) {
        return new Freshness.Eventual();
      }
      boolean wroteLater = written != null && written.compareTo(least) > 0;
      return new Freshness.Latest(wroteLater ? written : least, freshnessTimeout);
    } catch (IllegalArgumentException e) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID, CallHeader.MIN_LSN + ": " + e.getMessage());
    }
  }

  private static byte[] ticket(StatementHandle handle) {
    return Any.pack(TicketStatementQuery.newBuilder().setStatementHandle(handle.bytes()).build())
        .toByteArray();
  }

  /** Of all parts of an answer; a whole one's is at hand. */
  private List<byte[]> tickets(
      StatementHandle handle, byte[] whole, Session session, CallContext context) {
    try {
      int parts =
          streams.call(
              new StreamRunner.Work("describe", null, session, handle.sql()),
              (cancellation, memory) ->
                  services
                      .get()
                      .sql()
                      .divide(
                          statement(session, handle.sql(), List.of()),
                          freshness(session, context),
                          handle.id(),
                          owner(session),
                          cancellation));
      return parts == 1
          ? List.of(whole)
          : IntStream.range(0, parts).mapToObj(i -> ticket(handle.part(i, parts))).toList();
    } catch (RuntimeException e) {
      throw ErrorTranslation.translate(e);
    }
  }

  private static String text(ByteBuffer utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidRequestException("request is not UTF-8", e);
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }
}
