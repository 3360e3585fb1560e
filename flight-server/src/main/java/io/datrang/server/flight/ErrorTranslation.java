package io.datrang.server.flight;

import io.datrang.replication.writes.DefinitionUnavailableException;
import io.datrang.replication.writes.StagingFailedException;
import io.datrang.replication.writes.WriteConflictException;
import io.datrang.replication.writes.WriteLostException;
import io.datrang.replication.writes.WriteRefusedException;
import io.datrang.replication.writes.WritesStoppedException;
import io.datrang.server.access.LoginRefusedException;
import io.datrang.server.flightsql.SqlRefusedException;
import io.datrang.server.query.EngineMessage;
import io.datrang.server.query.NotReadyException;
import io.datrang.server.query.QueryCancelledException;
import io.datrang.server.query.QueryFailedException;
import io.datrang.server.query.SnapshotGoneException;
import io.datrang.server.query.TableUnavailableException;
import io.datrang.server.query.UnknownTableException;
import io.datrang.server.request.EvaluationException;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.ColumnUnavailableException;
import io.datrang.server.updates.WriteFailedException;
import io.datrang.storage.FreshnessTimeoutException;
import io.datrang.storage.FullDisk;
import io.datrang.storage.HistoryGoneException;
import io.datrang.storage.ReadOnlyException;
import io.datrang.storage.StorageException;
import io.datrang.storage.files.CacheTooSmallException;
import io.datrang.storage.files.FilesUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.ErrorFlightMetadata;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.memory.OutOfMemoryException;

/** Turns exceptions into Flight status, SQLSTATE, detail and hint. The only place that does. */
public final class ErrorTranslation {
  static final String SQLSTATE = "datrang-sqlstate";
  static final String DETAIL = "datrang-detail";
  static final String HINT = "datrang-hint";

  private static final int MESSAGE_BYTES_MAX = 4096;
  private static final int TRAILER_BYTES_MAX = 2048;

  private ErrorTranslation() {}

  /** What the client gets; a {@link FlightRuntimeException} is passed through. */
  public static FlightRuntimeException translate(Throwable error) {
    if (error instanceof FlightRuntimeException already) {
      return already;
    }
    if (error instanceof QueryCancelledException) {
      return flight(CallStatus.CANCELLED, "57014", error, null, null);
    }
    if (error instanceof InvalidRequestException) {
      return flight(
          CallStatus.INVALID_ARGUMENT,
          "HV000",
          error,
          "The sidecar did not understand the request of the foreign data wrapper.",
          "Check that the extension and the sidecar are of the same version.");
    }
    if (error instanceof SqlRefusedException refused) {
      return refused(refused);
    }
    if (error instanceof UnknownTableException) {
      return flight(
          CallStatus.NOT_FOUND,
          "42P01",
          error,
          null,
          "See the view datrang.status; mirror the table again with datrang.mirror().");
    }
    if (error instanceof TableUnavailableException unavailable) {
      return flight(
          CallStatus.UNAVAILABLE,
          "55000",
          error,
          unavailable.detail(),
          "See the view datrang.status for progress and for the last error.");
    }
    if (error instanceof WritesStoppedException) {
      return flight(
          CallStatus.UNAVAILABLE,
          "55000",
          error,
          null,
          "The view datrang.status shows when it takes rows again.");
    }
    if (error instanceof ColumnUnavailableException) {
      return flight(
          CallStatus.UNAVAILABLE,
          "55000",
          error,
          "Its table is being copied anew after a change of its definition.",
          "datrang.wait_ready() waits until that is done.");
    }
    if (error instanceof SnapshotGoneException) {
      return flight(
          CallStatus.UNAVAILABLE,
          "72000",
          error,
          "It goes when the sidecar restarts, a connection breaks, or a statement does not read for"
              + " minutes.",
          "Run the statement, or the transaction, again.");
    }
    if (error instanceof HistoryGoneException) {
      return flight(
          CallStatus.NOT_FOUND,
          "72000",
          error,
          "datrang.as_of is set.",
          "datrang.snapshots(table) lists the states that are kept; iceberg-history in the sidecar's"
              + " configuration says for how long.");
    }
    if (error instanceof ReadOnlyException) {
      return flight(
          CallStatus.INVALID_ARGUMENT,
          "25006",
          error,
          "It serves files that another sidecar writes, and has read-only = on.",
          "Ask the sidecar that writes.");
    }
    if (error instanceof WriteConflictException || error instanceof WriteLostException) {
      return flight(CallStatus.UNAVAILABLE, "40001", error, null, "Run the transaction again.");
    }
    if (error instanceof WriteRefusedException) {
      return flight(CallStatus.INVALID_ARGUMENT, "22000", error, null, null);
    }
    if (error instanceof WriteFailedException failed) {
      return flight(
          status(failed.sqlState()), failed.sqlState(), error, failed.detail(), failed.hint());
    }
    if (error instanceof FilesUnavailableException && FullDisk.isReasonOf(error)) {
      return diskFull(
          error,
          "What is read from the object store needs a copy on the local disk.",
          "Make room on the disk of the sidecar's data-dir, or set object-cache-limit lower.");
    }
    if (error instanceof FilesUnavailableException) {
      return flight(
          CallStatus.UNAVAILABLE,
          "58030",
          error,
          "Files that are not in the sidecar's data-dir are fetched from its object store.",
          "Try again; the sidecar's log says more.");
    }
    if (error instanceof CacheTooSmallException) {
      return flight(
          CallStatus.RESOURCE_EXHAUSTED,
          "53100",
          error,
          null,
          "Set object-cache-limit higher in the sidecar's configuration, or read fewer rows.");
    }
    if (error instanceof StagingFailedException) {
      return flight(
          CallStatus.RESOURCE_EXHAUSTED,
          FullDisk.isReasonOf(error) ? "53100" : "58030",
          error,
          "Rows of large writes wait in the sidecar's data directory until they are committed.",
          "Make room on the disk of the sidecar's data-dir.");
    }
    if (error instanceof NotReadyException || error instanceof DefinitionUnavailableException) {
      return flight(
          CallStatus.UNAVAILABLE,
          "57P03",
          error,
          null,
          "Try again; the sidecar's log and its page /health/ready say what it waits for.");
    }
    if (error instanceof FreshnessTimeoutException) {
      return flight(
          CallStatus.TIMED_OUT,
          "57014",
          error,
          null,
          "Set datrang.freshness_timeout higher, or datrang.freshness to eventual.");
    }
    if (error instanceof LoginRefusedException) {
      return flight(CallStatus.UNAUTHENTICATED, "28000", error, null, null);
    }
    if (error instanceof RejectedExecutionException) {
      return flight(
          CallStatus.RESOURCE_EXHAUSTED,
          "53300",
          error,
          null,
          "Try again later, or set max-queries or max-role-queries higher in the sidecar's"
              + " configuration.");
    }
    if (error instanceof EvaluationException evaluation) {
      return flight(CallStatus.INVALID_ARGUMENT, evaluation.sqlState(), error, null, null);
    }
    if (error instanceof QueryFailedException failed
        && EngineMessage.evaluation(failed).isPresent()) {
      return translate(EngineMessage.evaluation(failed).get());
    }
    if (error instanceof OutOfMemoryException || error instanceof OutOfMemoryError) {
      return flight(
          CallStatus.RESOURCE_EXHAUSTED,
          "53200",
          error,
          null,
          "Set max-queries lower, or give the sidecar more memory with DATRANG_JAVA_OPTS.");
    }
    if (error instanceof QueryFailedException) {
      return engine(error);
    }
    if (error instanceof StorageException && FullDisk.isReasonOf(error)) {
      return diskFull(
          error,
          "Nothing that was committed is lost.",
          "Make room on the disks of the sidecar's data-dir and engine-temp-dir.");
    }
    return flight(CallStatus.INTERNAL, "XX000", error, null, null);
  }

  private static CallStatus status(String sqlState) {
    return switch (sqlState.equals("08P01") ? "22" : sqlState.substring(0, 2)) {
      case "08", "40", "55", "57" -> CallStatus.UNAVAILABLE;
      case "53" -> CallStatus.RESOURCE_EXHAUSTED;
      case "28" -> CallStatus.UNAUTHENTICATED;
      case "0A" -> CallStatus.UNIMPLEMENTED;
      case "42" -> sqlState.equals("42501") ? CallStatus.UNAUTHORIZED : CallStatus.INVALID_ARGUMENT;
      default -> CallStatus.INVALID_ARGUMENT;
    };
  }

  private static FlightRuntimeException refused(SqlRefusedException error) {
    return switch (error.reason()) {
      case SYNTAX -> flight(CallStatus.INVALID_ARGUMENT, "42601", error, null, null);
      case UNKNOWN_TABLE ->
          flight(
              CallStatus.NOT_FOUND,
              "42P01",
              error,
              null,
              "Only columnar tables can be queried here, and only when their first copy is done.");
      case NOT_ALLOWED ->
          flight(
              CallStatus.UNAUTHORIZED,
              "42501",
              error,
              null,
              "Queries are single SELECT statements over columnar tables; INSERT, UPDATE, DELETE and"
                  + " MERGE are run as updates.");
      case DENIED -> flight(CallStatus.UNAUTHORIZED, "42501", error, null, null);
      case INVALID -> flight(CallStatus.INVALID_ARGUMENT, "22023", error, null, null);
    };
  }

  private static FlightRuntimeException engine(Throwable error) {
    String message = message(error);
    if (message.startsWith("IO Error") && FullDisk.isReasonOf(error)) {
      return diskFull(
          error,
          "What does not fit into the engine's memory is written to temporary files.",
          "Make room on the disk of the sidecar's engine-temp-dir, or set engine-memory-limit higher.");
    }
    if (message.startsWith("Out of Memory Error")) {
      return flight(
          CallStatus.RESOURCE_EXHAUSTED,
          "53200",
          error,
          null,
          "Set engine-memory-limit, engine-temp-limit, or the role's part of role-memory higher in the"
              + " sidecar's configuration.");
    }
    if (message.contains("Computed AES tag differs")) {
      return flight(
          CallStatus.INTERNAL,
          "XX001",
          error,
          "A temporary file of the engine is not as it was written.",
          "Check the disk of the sidecar's engine-temp-dir, and restart the sidecar.");
    }
    if (message.startsWith("INTERNAL Error: Failed to bind column reference")
        || message.startsWith("Invalid Input Error: BindBuiltinScalarFunction")
        || (message.startsWith("Invalid Error: ") && message.endsWith("::at"))) {
      return flight(
          CallStatus.INVALID_ARGUMENT,
          "HV000",
          error,
          "The engine's planner failed at the query.",
          "Write the query in another way; in PostgreSQL, set datrang.enable_join_pushdown = off.");
    }
    int colon = message.indexOf(" Error: ");
    return switch (colon < 0 ? "" : message.substring(0, colon).toLowerCase(Locale.ROOT)) {
      case "parser" -> flight(CallStatus.INVALID_ARGUMENT, "42601", error, null, null);
      case "binder", "catalog" -> flight(CallStatus.INVALID_ARGUMENT, "42P01", error, null, null);
      case "conversion", "out of range", "invalid input" ->
          flight(CallStatus.INVALID_ARGUMENT, "22000", error, null, null);
      default -> flight(CallStatus.INTERNAL, "XX000", error, null, null);
    };
  }

  private static FlightRuntimeException diskFull(Throwable error, String detail, String hint) {
    return flight(CallStatus.RESOURCE_EXHAUSTED, "53100", error, detail, hint);
  }

  static FlightRuntimeException flight(
      CallStatus status, String sqlstate, Throwable error, String detail, String hint) {
    ErrorFlightMetadata trailers = new ErrorFlightMetadata();
    trailers.insert(SQLSTATE, sqlstate);
    insert(trailers, DETAIL, detail);
    insert(trailers, HINT, hint);
    return status
        .withDescription(capped(message(error)))
        .withMetadata(trailers)
        .withCause(error)
        .toRuntimeException();
  }

  private static void insert(ErrorFlightMetadata trailers, String key, String value) {
    if (value != null) {
      trailers.insert(key, percentEncoded(value));
    }
  }

  private static String message(Throwable error) {
    String message = error.getMessage();
    return message == null || message.isBlank() ? error.getClass().getSimpleName() : message;
  }

  private static String capped(String message) {
    int end = 0;
    for (int bytes = 0; end < message.length(); ) {
      int codePoint = message.codePointAt(end);
      bytes += utf8Bytes(codePoint);
      if (bytes > MESSAGE_BYTES_MAX) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return message.substring(0, end);
  }

  private static int utf8Bytes(int codePoint) {
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  /** Trailers are ASCII; everything else, controls and the percent sign are written as %XX. */
  static String percentEncoded(String value) {
    StringBuilder encoded = new StringBuilder();
    for (int i = 0; i < value.length(); ) {
      int codePoint = value.codePointAt(i);
      String piece = encoded(codePoint);
      if (encoded.length() + piece.length() > TRAILER_BYTES_MAX) {
        break;
      }
      encoded.append(piece);
      i += Character.charCount(codePoint);
    }
    return encoded.toString();
  }

  private static String encoded(int codePoint) {
    if (codePoint >= 0x20 && codePoint < 0x7F && codePoint != '%') {
      return Character.toString(codePoint);
    }
    StringBuilder piece = new StringBuilder();
    for (byte b : Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)) {
      piece.append(String.format(Locale.ROOT, "%%%02X", b & 0xFF));
    }
    return piece.toString();
  }
}
