package io.datrang.server.flight;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.CertificateUtils;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encryption with certificates from files. A thread, "tls", looks at the files and uses new ones
 * for new connections; files that do not fit together leave the old ones in use.
 */
public final class Tls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Tls.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  private final Path certificate;
  private final Path key;
  private final Path clientAuthorities;
  private final AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager clients;
  private final ScheduledExecutorService thread;
  private List<FileTime> seen = List.of();

  private Tls(Path certificate, Path key, Path clientAuthorities) throws GeneralSecurityException {
    this.certificate = certificate;
    this.key = key;
    this.clientAuthorities = clientAuthorities;
    // A client's certificate names no host; that an authority has signed it is what counts.
    this.clients =
        AdvancedTlsX509TrustManager.newBuilder()
            .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
            .build();
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread created = new Thread(task, "tls");
              created.setDaemon(true);
              return created;
            });
  }

  /**
   * Reads the files and watches them from now on.
   *
   * @param clientAuthorities null when clients need no certificate
   * @throws IOException when they cannot be used
   */
  public static Tls start(Path certificate, Path key, Path clientAuthorities) throws IOException {
    try {
      Tls tls = new Tls(certificate, key, clientAuthorities);
      tls.load();
      long period = LOOK_EVERY.toMillis();
      var unused =
          tls.thread.scheduleWithFixedDelay(tls::look, period, period, TimeUnit.MILLISECONDS);
      return tls;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException("cannot use " + certificate + " and " + key + ": " + e.getMessage(), e);
    }
  }

  /** For a server. */
  SslContext context() {
    SslContextBuilder builder = SslContextBuilder.forServer(identity);
    if (clientAuthorities != null) {
      builder.trustManager(clients).clientAuth(ClientAuth.REQUIRE);
    }
    try {
      // OpenSSL's would name the authorities of its start to clients, not those in force.
      return GrpcSslContexts.configure(builder, SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .build();
    } catch (IOException e) {
      throw new IllegalStateException("cannot encrypt", e);
    }
  }

  /** Reads the files when one has changed. */
  void look() {
    try {
      if (!times().equals(seen)) {
        load();
        LOG.info("using the certificate {} anew", certificate);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LOG.warn("the old certificate stays in use: {}", e.getMessage());
    }
  }

  private void load() throws IOException, GeneralSecurityException {
    List<FileTime> now = times();
    X509Certificate[] chain = certificates(certificate);
    PrivateKey secret;
    try (InputStream in = Files.newInputStream(key)) {
      secret = CertificateUtils.getPrivateKey(in);
    }
    if (!fits(chain, secret)) {
      throw new GeneralSecurityException("the key is not the certificate's");
    }
    if (clientAuthorities != null) {
      clients.updateTrustCredentials(certificates(clientAuthorities));
    }
    identity.updateIdentityCredentials(chain, secret);
    seen = now;
  }

  private static X509Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      X509Certificate[] chain = CertificateUtils.getX509Certificates(in);
      if (chain.length == 0) {
        throw new GeneralSecurityException("no certificate in " + file);
      }
      return chain;
    }
  }

  /** Of a pair that is being replaced, one file may be new already. */
  private static boolean fits(X509Certificate[] chain, PrivateKey secret)
      throws GeneralSecurityException {
    String algorithm = secret.getAlgorithm();
    if (!chain[0].getPublicKey().getAlgorithm().equals(algorithm)) {
      return false;
    }
    java.security.Signature signature =
        java.security.Signature.getInstance(
            algorithm.equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
    byte[] probe = {1, 2, 3};
    signature.initSign(secret);
    signature.update(probe);
    byte[] signed = signature.sign();
    signature.initVerify(chain[0].getPublicKey());
    signature.update(probe);
    return signature.verify(signed);
  }

  private List<FileTime> times() throws IOException {
    List<FileTime> times = new ArrayList<>();
    for (Path file : new Path[] {certificate, key, clientAuthorities}) {
      if (file != null) {
        times.add(Files.getLastModifiedTime(file));
      }
    }
    return times;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
