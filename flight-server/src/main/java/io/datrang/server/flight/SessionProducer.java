package io.datrang.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.datrang.server.access.Session;
import io.datrang.server.flightsql.Metadata;
import io.datrang.server.query.RunningQuery;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.CloseSessionResult;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.GetSessionOptionsRequest;
import org.apache.arrow.flight.GetSessionOptionsResult;
import org.apache.arrow.flight.NoOpSessionOptionValueVisitor;
import org.apache.arrow.flight.SessionOptionValue;
import org.apache.arrow.flight.SessionOptionValueFactory;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.SetSessionOptionsResult;
import org.apache.arrow.flight.sql.CancelResult;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;

/** The part of Flight SQL that is about sessions and cancelling. Thread safe. */
abstract class SessionProducer extends MetadataProducer {
  private final StreamRunner streams;
  private final Callers callers;

  SessionProducer(
      StreamRunner streams, Callers callers, Function<Session, Metadata> metadata, String version) {
    super(streams, callers, metadata, version);
    this.streams = streams;
    this.callers = callers;
  }

  @Override
  public void cancelFlightInfo(
      CancelFlightInfoRequest request, CallContext context, StreamListener<CancelStatus> listener) {
    answer(listener, () -> cancel(request.getInfo(), callers.client(context)));
  }

  @Override
  public void cancelQuery(
      FlightInfo info, CallContext context, StreamListener<CancelResult> listener) {
    answer(
        listener,
        () ->
            cancel(info, callers.client(context)) == CancelStatus.CANCELLED
                ? CancelResult.CANCELLED
                : CancelResult.NOT_CANCELLABLE);
  }

  /** Only queries of the same role are found, whatever the client says. */
  private CancelStatus cancel(FlightInfo info, Session session) {
    boolean found = false;
    for (var endpoint : info.getEndpoints()) {
      String handle = handle(endpoint.getTicket().getBytes());
      for (RunningQuery query : streams.queries().all()) {
        if (handle != null
            && handle.equals(query.handle())
            && query.userOid() == session.role().userOid()) {
          query.cancellation().cancel();
          found = true;
        }
      }
    }
    return found ? CancelStatus.CANCELLED : CancelStatus.NOT_CANCELLABLE;
  }

  private static String handle(byte[] ticket) {
    try {
      Any any = Any.parseFrom(ticket);
      return any.is(TicketStatementQuery.class)
          ? StatementHandle.parse(any.unpack(TicketStatementQuery.class).getStatementHandle()).id()
          : any.is(CommandPreparedStatementQuery.class)
              ? any.unpack(CommandPreparedStatementQuery.class)
                  .getPreparedStatementHandle()
                  .toStringUtf8()
              : null;
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  @Override
  public void setSessionOptions(
      SetSessionOptionsRequest request,
      CallContext context,
      StreamListener<SetSessionOptionsResult> listener) {
    answer(
        listener,
        () ->
            new SetSessionOptionsResult(set(callers.client(context), request.getSessionOptions())));
  }

  private Map<String, SetSessionOptionsResult.Error> set(
      Session session, Map<String, SessionOptionValue> wanted) {
    Map<String, SetSessionOptionsResult.Error> errors = new HashMap<>();
    wanted.forEach(
        (name, value) -> {
          String text = value.acceptVisitor(new TextOf());
          if (!SessionOptions.isKnown(name)) {
            errors.put(
                name,
                new SetSessionOptionsResult.Error(SetSessionOptionsResult.ErrorValue.INVALID_NAME));
          } else if (value.isEmpty()) {
            session.options().remove(name);
            if (name.equals(SessionOptions.ROLE)) {
              callers.actAs(session, null);
            }
          } else if (text == null
              || !SessionOptions.isValid(name, text)
              || name.equals(SessionOptions.ROLE) && !callers.actAs(session, text)) {
            errors.put(
                name,
                new SetSessionOptionsResult.Error(
                    SetSessionOptionsResult.ErrorValue.INVALID_VALUE));
          } else {
            session.options().put(name, text);
          }
        });
    return errors;
  }

  @Override
  public void getSessionOptions(
      GetSessionOptionsRequest request,
      CallContext context,
      StreamListener<GetSessionOptionsResult> listener) {
    answer(
        listener,
        () -> {
          Map<String, SessionOptionValue> options = new HashMap<>();
          SessionOptions.all(callers.client(context))
              .forEach(
                  (name, value) ->
                      options.put(name, SessionOptionValueFactory.makeSessionOptionValue(value)));
          return new GetSessionOptionsResult(options);
        });
  }

  @Override
  public void closeSession(
      CloseSessionRequest request,
      CallContext context,
      StreamListener<CloseSessionResult> listener) {
    answer(
        listener,
        () -> {
          Session session = callers.client(context);
          loggedOut(session);
          callers.logOut(session);
          return new CloseSessionResult(CloseSessionResult.Status.CLOSED);
        });
  }

  /** A session is about to end. */
  abstract void loggedOut(Session session);

  interface Reply<T> {
    T make();
  }

  static <T> void answer(StreamListener<T> listener, Reply<T> reply) {
    try {
      listener.onNext(reply.make());
      listener.onCompleted();
    } catch (RuntimeException e) {
      listener.onError(ErrorTranslation.translate(e));
    }
  }

  private static final class TextOf extends NoOpSessionOptionValueVisitor<String> {
    @Override
    public String visit(String value) {
      return value;
    }

    @Override
    public String visit(long value) {
      return Long.toString(value);
    }

    @Override
    public String visit(String[] value) {
      return value.length == 1 ? value[0] : null;
    }
  }
}
