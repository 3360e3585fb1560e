package io.datrang.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.flightsql.SqlRefusedException;
import io.datrang.server.query.NotReadyException;
import io.datrang.server.query.QueryCancelledException;
import io.datrang.server.query.QueryFailedException;
import io.datrang.server.query.TableUnavailableException;
import io.datrang.server.query.UnknownTableException;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.ColumnUnavailableException;
import io.datrang.storage.FreshnessTimeoutException;
import io.datrang.storage.StorageException;
import io.datrang.storage.files.FilesUnavailableException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorTranslationTest {
  static Stream<Arguments> errors() {
    return Stream.of(
        error(new InvalidRequestException("m"), FlightStatusCode.INVALID_ARGUMENT, "HV000"),
        error(new UnknownTableException("m"), FlightStatusCode.NOT_FOUND, "42P01"),
        error(new TableUnavailableException("m", "d"), FlightStatusCode.UNAVAILABLE, "55000"),
        error(new ColumnUnavailableException("t", "c"), FlightStatusCode.UNAVAILABLE, "55000"),
        error(new NotReadyException("m"), FlightStatusCode.UNAVAILABLE, "57P03"),
        error(new FreshnessTimeoutException("m"), FlightStatusCode.TIMED_OUT, "57014"),
        error(
            new QueryCancelledException("canceled by the client"),
            FlightStatusCode.CANCELLED,
            "57014"),
        error(new RejectedExecutionException("m"), FlightStatusCode.RESOURCE_EXHAUSTED, "53300"),
        error(engine("Out of Memory Error: m"), FlightStatusCode.RESOURCE_EXHAUSTED, "53200"),
        error(
            engine("IO Error: Could not write file \"x.tmp\": No space left on device"),
            FlightStatusCode.RESOURCE_EXHAUSTED,
            "53100"),
        error(
            new StorageException("m", new IOException("No space left on device")),
            FlightStatusCode.RESOURCE_EXHAUSTED,
            "53100"),
        error(
            new FilesUnavailableException("m", new IOException("Disk quota exceeded")),
            FlightStatusCode.RESOURCE_EXHAUSTED,
            "53100"),
        error(
            engine("Conversion Error: 'No space left on device'"),
            FlightStatusCode.INVALID_ARGUMENT,
            "22000"),
        error(
            engine("Invalid Input Error: Computed AES tag differs from read AES tag"),
            FlightStatusCode.INTERNAL,
            "XX001"),
        error(
            engine("INTERNAL Error: Failed to bind column reference \"c1\" [7.0]"),
            FlightStatusCode.INVALID_ARGUMENT,
            "HV000"),
        error(
            engine("Invalid Input Error: BindBuiltinScalarFunction did not return a function"),
            FlightStatusCode.INVALID_ARGUMENT,
            "HV000"),
        error(
            engine("Invalid Error: unordered_map::at"), FlightStatusCode.INVALID_ARGUMENT, "HV000"),
        error(engine("Parser Error: m"), FlightStatusCode.INVALID_ARGUMENT, "42601"),
        error(engine("Conversion Error: m"), FlightStatusCode.INVALID_ARGUMENT, "22000"),
        error(engine("IO Error: m"), FlightStatusCode.INTERNAL, "XX000"),
        error(
            refused(SqlRefusedException.Reason.SYNTAX), FlightStatusCode.INVALID_ARGUMENT, "42601"),
        error(
            refused(SqlRefusedException.Reason.NOT_ALLOWED),
            FlightStatusCode.UNAUTHORIZED,
            "42501"),
        error(
            refused(SqlRefusedException.Reason.UNKNOWN_TABLE), FlightStatusCode.NOT_FOUND, "42P01"),
        error(new IllegalStateException("m"), FlightStatusCode.INTERNAL, "XX000"),
        error(new NullPointerException(), FlightStatusCode.INTERNAL, "XX000"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void statusAndSqlstate(Throwable error, FlightStatusCode code, String sqlstate) {
    FlightRuntimeException translated = ErrorTranslation.translate(error);
    assertThat(translated.status().code()).isEqualTo(code);
    assertThat(translated.status().metadata().get(ErrorTranslation.SQLSTATE)).isEqualTo(sqlstate);
    assertThat(translated.status().description()).isNotBlank();
  }

  @Test
  void detailAndHintTravelAsAscii() {
    FlightRuntimeException translated =
        ErrorTranslation.translate(
            new TableUnavailableException("m", "100 % \u00fcber\n\ud83d\ude00"));
    String detail = translated.status().metadata().get(ErrorTranslation.DETAIL);
    assertThat(detail).isEqualTo("100 %25 %C3%BCber%0A%F0%9F%98%80");
    assertThat(URLDecoder.decode(detail, StandardCharsets.UTF_8))
        .isEqualTo("100 % \u00fcber\n\ud83d\ude00");
    assertThat(translated.status().metadata().get(ErrorTranslation.HINT))
        .contains("datrang.status");
  }

  @Test
  void longTextIsCutBetweenCharacters() {
    String message = "\ud83d\ude00".repeat(5000);
    FlightRuntimeException translated =
        ErrorTranslation.translate(new TableUnavailableException(message, message));
    assertThat(translated.status().description().getBytes(StandardCharsets.UTF_8)).hasSize(4096);
    String detail = translated.status().metadata().get(ErrorTranslation.DETAIL);
    assertThat(detail.length()).isLessThanOrEqualTo(2048);
    assertThat(URLDecoder.decode(detail, StandardCharsets.UTF_8)).matches("(\ud83d\ude00)+");
  }

  @Test
  void flightErrorsPassUnchanged() {
    FlightRuntimeException flight = CallStatus.ALREADY_EXISTS.toRuntimeException();
    assertThat(ErrorTranslation.translate(flight)).isSameAs(flight);
  }

  private static Arguments error(Throwable error, FlightStatusCode code, String sqlstate) {
    return Arguments.of(error, code, sqlstate);
  }

  private static QueryFailedException engine(String message) {
    return new QueryFailedException(new SQLException(message));
  }

  private static SqlRefusedException refused(SqlRefusedException.Reason reason) {
    return new SqlRefusedException(reason, "m");
  }
}
