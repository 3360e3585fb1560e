package io.datrang.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.testing.Certificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.flight.auth2.CallHeaderAuthenticator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  @TempDir private Path directory;
  private final BufferAllocator memory = new RootAllocator();
  private Certificates certificates;
  private long changes;

  @BeforeEach
  void make() throws Exception {
    certificates = new Certificates(directory);
    certificates.make("server");
    certificates.make("client");
    certificates.make("stranger");
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void encryptsForThoseWhoTrustTheCertificate() throws Exception {
    try (Tls tls = tls(null);
        FlightEndpoint endpoint = serve(tls)) {
      reaches(endpoint, "server", null);
      assertThatThrownBy(() -> reaches(endpoint, "stranger", null))
          .isInstanceOf(FlightRuntimeException.class);
      assertThatThrownBy(
              () -> {
                Location plain = Location.forGrpcInsecure("127.0.0.1", endpoint.port());
                try (FlightClient client = FlightClient.builder(memory, plain).build()) {
                  client.listActions().forEach(a -> {});
                }
              })
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE));
    }
  }

  @Test
  void asksForACertificateOfAKnownAuthority() throws Exception {
    try (Tls tls = tls(certificates.certificate("client"));
        FlightEndpoint endpoint = serve(tls)) {
      reaches(endpoint, "server", "client");
      assertThatThrownBy(() -> reaches(endpoint, "server", null))
          .isInstanceOf(FlightRuntimeException.class);
      assertThatThrownBy(() -> reaches(endpoint, "server", "stranger"))
          .isInstanceOf(FlightRuntimeException.class);
    }
  }

  @Test
  void newFilesAreUsedForNewConnections() throws Exception {
    Path old = Files.copy(certificates.certificate("server"), directory.resolve("old.pem"));
    try (Tls tls = tls(certificates.certificate("client"));
        FlightEndpoint endpoint = serve(tls)) {
      certificates.make("server");
      Files.copy(
          certificates.certificate("stranger"),
          certificates.certificate("client"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      touch();
      tls.look();
      reaches(endpoint, "server", "stranger");
      assertThatThrownBy(() -> reaches(endpoint, "old", "stranger"))
          .isInstanceOf(FlightRuntimeException.class);
      assertThat(old).exists();
    }
  }

  @Test
  void filesThatDoNotFitLeaveTheOldOnesInUse() throws Exception {
    Path good = Files.copy(certificates.certificate("server"), directory.resolve("good.pem"));
    try (Tls tls = tls(null);
        FlightEndpoint endpoint = serve(tls)) {
      Files.copy(
          certificates.certificate("stranger"),
          certificates.certificate("server"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      touch();
      tls.look();
      reaches(endpoint, "good", null);
      Files.writeString(certificates.key("server"), "nonsense");
      touch();
      tls.look();
      reaches(endpoint, "good", null);
      Files.delete(certificates.key("server"));
      tls.look();
      reaches(endpoint, "good", null);
      assertThat(good).exists();
    }
  }

  @Test
  void filesThatCannotBeUsedStopTheStart() throws IOException {
    Path nonsense = Files.writeString(directory.resolve("nonsense"), "x");
    for (Path[] pair :
        new Path[][] {
          {certificates.certificate("server"), certificates.key("stranger")},
          {nonsense, certificates.key("server")},
          {certificates.certificate("server"), nonsense},
          {directory.resolve("nowhere"), certificates.key("server")}
        }) {
      assertThatThrownBy(() -> Tls.start(pair[0], pair[1], null)).isInstanceOf(IOException.class);
    }
  }

  private Tls tls(Path authorities) throws IOException {
    return Tls.start(certificates.certificate("server"), certificates.key("server"), authorities);
  }

  /** Within a second the times of files may not differ. */
  private void touch() throws IOException {
    Files.setLastModifiedTime(
        certificates.certificate("server"),
        FileTime.fromMillis(System.currentTimeMillis() + 5000 * ++changes));
  }

  private FlightEndpoint serve(Tls tls) throws IOException {
    CallHeaderAuthenticator anybody = (CallHeaders headers) -> () -> "anybody";
    return FlightEndpoint.tcp("127.0.0.1", 0, memory, new NoOpFlightProducer(), anybody, tls);
  }

  private void reaches(FlightEndpoint endpoint, String trusted, String identity) throws Exception {
    FlightClient.Builder builder =
        FlightClient.builder(memory, Location.forGrpcTls("127.0.0.1", endpoint.port()))
            .useTls()
            .trustedCertificates(Files.newInputStream(certificates.certificate(trusted)));
    if (identity != null) {
      builder.clientCertificate(
          Files.newInputStream(certificates.certificate(identity)),
          Files.newInputStream(certificates.key(identity)));
    }
    try (FlightClient client = builder.build()) {
      client
          .doAction(new org.apache.arrow.flight.Action("x", "y".getBytes(StandardCharsets.UTF_8)))
          .forEachRemaining(r -> {});
    } catch (FlightRuntimeException e) {
      // It has arrived: there is nothing behind the door.
      if (e.status().code() != FlightStatusCode.UNIMPLEMENTED) {
        throw e;
      }
    }
  }
}
