package io.datrang.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.datrang.server.access.Session;
import io.datrang.server.flightsql.Metadata;
import io.datrang.server.query.Cancellation;
import io.datrang.server.updates.ClientWrites;
import io.datrang.server.updates.IngestTarget;
import io.datrang.server.updates.Writer;
import java.util.function.Function;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginSavepointRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginSavepointResult;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginTransactionRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginTransactionResult;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndSavepointRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndSavepointRequest.EndSavepoint;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest.EndTransaction;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.DoPutUpdateResult;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/** The part of Flight SQL that writes: updates, ingestion and transactions. Thread safe. */
abstract class WriteProducer extends SessionProducer {
  private final StreamRunner streams;
  private final Callers callers;
  private final ClientWrites writes;

  WriteProducer(
      StreamRunner streams,
      Callers callers,
      ClientWrites writes,
      Function<Session, Metadata> metadata,
      String version) {
    super(streams, callers, metadata, version);
    this.streams = streams;
    this.callers = callers;
    this.writes = writes;
  }

  @Override
  void loggedOut(Session session) {
    writes.ended(session);
  }

  ClientWrites writes() {
    return writes;
  }

  // ---- statements ----

  @Override
  public Runnable acceptPutStatement(
      CommandStatementUpdate command,
      CallContext context,
      FlightStream rows,
      StreamListener<PutResult> listener) {
    String transaction = id(command.getTransactionId());
    return () ->
        change(
            command.getQuery(),
            context,
            rows,
            listener,
            (writer, none, cancellation) ->
                writes.update(
                    writer,
                    transaction,
                    command.getQuery(),
                    ClientWrites.Batches.NONE,
                    cancellation));
  }

  /** Runs a prepared statement and says how many rows it has changed. */
  void update(
      String sql,
      String transaction,
      CallContext context,
      FlightStream rows,
      StreamListener<PutResult> listener) {
    change(
        sql,
        context,
        rows,
        listener,
        (writer, batches, cancellation) ->
            writes.update(writer, transaction, sql, batches, cancellation));
  }

  @Override
  public Runnable acceptPutStatementBulkIngest(
      CommandStatementIngest command,
      CallContext context,
      FlightStream rows,
      StreamListener<PutResult> listener) {
    return () ->
        change(
            "ingest into " + command.getTable(),
            context,
            rows,
            listener,
            (writer, batches, cancellation) ->
                writes.ingest(
                    writer,
                    id(command.getTransactionId()),
                    target(command, writer),
                    batches,
                    cancellation));
  }

  private static IngestTarget target(CommandStatementIngest command, Writer writer) {
    if (command.getTemporary() || command.hasCatalog() && !isOurs(command.getCatalog())) {
      throw CallStatus.INVALID_ARGUMENT
          .withDescription("rows go to tables of catalog datrang, and none of them is temporary")
          .toRuntimeException();
    }
    TableExistsOption existing = command.getTableDefinitionOptions().getIfExists();
    return new IngestTarget(
        command.hasSchema() && !command.getSchema().isEmpty()
            ? command.getSchema()
            : writer.schema(),
        command.getTable(),
        command.getTableDefinitionOptions().getIfNotExist()
            == TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE,
        existing == TableExistsOption.TABLE_EXISTS_OPTION_REPLACE
            ? IngestTarget.Existing.REPLACE
            : existing == TableExistsOption.TABLE_EXISTS_OPTION_FAIL
                ? IngestTarget.Existing.REFUSE
                : IngestTarget.Existing.APPEND);
  }

  private static boolean isOurs(String catalog) {
    return catalog.isEmpty() || catalog.equals(Metadata.CATALOG);
  }

  private interface Change {
    long make(Writer writer, ClientWrites.Batches batches, Cancellation cancellation);
  }

  private void change(
      String text,
      CallContext context,
      FlightStream rows,
      StreamListener<PutResult> listener,
      Change change) {
    try {
      Writer writer = writer(context);
      streams.update(
          new StreamRunner.Work("update", null, writer.session(), text),
          context,
          (cancellation, memory) -> {
            UploadedBatches batches = new UploadedBatches(rows, streams.stallWatch(cancellation));
            cancellation.stopWith(batches::stop);
            long changed = change.make(writer, batches, cancellation);
            acknowledge(changed, memory, listener);
            return changed;
          });
      listener.onCompleted();
    } catch (RuntimeException | Error e) {
      listener.onError(ErrorTranslation.translate(e));
    }
  }

  private static void acknowledge(
      long rows, BufferAllocator memory, StreamListener<PutResult> listener) {
    byte[] bytes = DoPutUpdateResult.newBuilder().setRecordCount(rows).build().toByteArray();
    try (ArrowBuf buffer = memory.buffer(bytes.length)) {
      buffer.writeBytes(bytes);
      listener.onNext(PutResult.metadata(buffer));
    }
  }

  // ---- transactions ----

  @Override
  public void beginTransaction(
      ActionBeginTransactionRequest request,
      CallContext context,
      StreamListener<ActionBeginTransactionResult> listener) {
    answer(
        listener,
        () ->
            ActionBeginTransactionResult.newBuilder()
                .setTransactionId(
                    ByteString.copyFromUtf8(writes.transactions().begin(callers.client(context))))
                .build());
  }

  @Override
  public void endTransaction(
      ActionEndTransactionRequest request, CallContext context, StreamListener<Result> listener) {
    done(
        listener,
        () -> {
          boolean commit = request.getAction() == EndTransaction.END_TRANSACTION_COMMIT;
          if (!commit && request.getAction() != EndTransaction.END_TRANSACTION_ROLLBACK) {
            throw CallStatus.INVALID_ARGUMENT
                .withDescription("a transaction ends by commit or rollback")
                .toRuntimeException();
          }
          writes
              .transactions()
              .end(callers.client(context), text(request.getTransactionId()), commit);
        });
  }

  @Override
  public void beginSavepoint(
      ActionBeginSavepointRequest request,
      CallContext context,
      StreamListener<ActionBeginSavepointResult> listener) {
    answer(
        listener,
        () ->
            ActionBeginSavepointResult.newBuilder()
                .setSavepointId(
                    ByteString.copyFromUtf8(
                        writes
                            .transactions()
                            .savepoint(
                                writer(context),
                                text(request.getTransactionId()),
                                request.getName())))
                .build());
  }

  @Override
  public void endSavepoint(
      ActionEndSavepointRequest request, CallContext context, StreamListener<Result> listener) {
    done(
        listener,
        () -> {
          boolean release = request.getAction() == EndSavepoint.END_SAVEPOINT_RELEASE;
          if (!release && request.getAction() != EndSavepoint.END_SAVEPOINT_ROLLBACK) {
            throw CallStatus.INVALID_ARGUMENT
                .withDescription("a savepoint ends by release or rollback")
                .toRuntimeException();
          }
          writes
              .transactions()
              .endSavepoint(writer(context), text(request.getSavepointId()), release);
        });
  }

  // ---- shared ----

  /** The caller, with the token that opens his password. */
  Writer writer(CallContext context) {
    Session session = callers.client(context);
    writes.checkWritable();
    String token = CallHeader.token(context);
    if (token == null) {
      throw ErrorTranslation.flight(
          CallStatus.UNAUTHENTICATED,
          "28000",
          new IllegalStateException("writes need the token of a login"),
          null,
          "Log in by a handshake, and send the token that comes back.");
    }
    return new Writer(session, token, SessionOptions.schema(session).orElse(null));
  }

  /** A transaction's id, or null for none. */
  static String id(ByteString transaction) {
    return transaction.isEmpty() ? null : text(transaction);
  }

  private static String text(ByteString id) {
    return id.toStringUtf8();
  }

  private static void done(StreamListener<Result> listener, Runnable action) {
    try {
      action.run();
      listener.onCompleted();
    } catch (RuntimeException e) {
      listener.onError(ErrorTranslation.translate(e));
    }
  }

  static Result packed(Message message) {
    return new Result(Any.pack(message).toByteArray());
  }
}
