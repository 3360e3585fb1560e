package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.testing.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** PostgreSQL and the sidecar over TCP, each with a certificate. */
class ShimTlsIT {
  @Test
  void theWrapperAndTheSidecarShowEachOtherCertificates() throws Exception {
    Path directory =
        Files.createTempDirectory(
            "datrang-tls",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Certificates certificates = new Certificates(directory);
    for (String name : new String[] {"server", "client", "stranger"}) {
      certificates.make(name);
      // PostgreSQL's user reads them.
      Files.setPosixFilePermissions(
          certificates.key(name), PosixFilePermissions.fromString("rw-r--r--"));
    }
    try (MirroredDatabase database =
        MirroredDatabase.start(
            "DATRANG_TLS_CERT_FILE", certificates.certificate("server").toString(),
            "DATRANG_TLS_KEY_FILE", certificates.key("server").toString(),
            "DATRANG_TLS_CLIENT_CA_FILE", certificates.certificate("client").toString())) {
      database.execute(
          "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 5000)");
      database.mirror("t");
      String tls = "grpc+tls://127.0.0.1:" + database.flightPort();
      database.execute(
          "ALTER SERVER datrang OPTIONS (SET uri '"
              + tls
              + "', ADD tls_root_cert '"
              + certificates.certificate("server")
              + "', ADD tls_cert '"
              + certificates.certificate("client")
              + "', ADD tls_key '"
              + certificates.key("client")
              + "')");
      assertThat(sum(database)).isEqualTo("[[12502500]]");

      database.execute(
          "ALTER SERVER datrang OPTIONS (SET tls_cert '"
              + certificates.certificate("stranger")
              + "', SET tls_key '"
              + certificates.key("stranger")
              + "')");
      refused(database);
      database.execute("ALTER SERVER datrang OPTIONS (DROP tls_cert, DROP tls_key)");
      refused(database);
      database.execute(
          "ALTER SERVER datrang OPTIONS (SET tls_root_cert '"
              + certificates.certificate("stranger")
              + "')");
      refused(database);
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        files.sorted(java.util.Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
      }
    }
  }

  private static String sum(MirroredDatabase database) throws SQLException {
    return database.as("postgres", "SELECT sum(id) FROM columnar.t").toString();
  }

  private static void refused(MirroredDatabase database) {
    assertThatThrownBy(() -> sum(database))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"));
  }
}
