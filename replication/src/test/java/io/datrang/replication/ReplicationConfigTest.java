package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ReplicationConfigTest {
  private static ReplicationConfig defaults() {
    Properties credentials = new Properties();
    credentials.setProperty("password", "secret");
    return ReplicationConfig.defaults("jdbc:postgresql://h/db", credentials, Path.of("spill"));
  }

  @Test
  void defaultsAreValid() {
    assertThat(defaults().slot()).isEqualTo("datrang");
    assertThat(defaults().publication()).isEqualTo("datrang");
    assertThat(defaults().copyThreads()).isEqualTo(2);
  }

  @Test
  void credentialsAreNeverPrinted() {
    assertThat(defaults().toString()).doesNotContain("secret");
  }

  @Test
  void limitsMustBePositive() {
    ReplicationConfig c = defaults();
    assertThatThrownBy(
            () ->
                new ReplicationConfig(
                    c.url(),
                    c.credentials(),
                    c.slot(),
                    c.publication(),
                    c.spillDirectory(),
                    0,
                    c.copyTablesMax(),
                    c.snapshotTimeout(),
                    c.batchChangesMax(),
                    c.batchBytesMax(),
                    c.inboxBytesMax(),
                    c.transactionBytesMax(),
                    c.stashBytesMax(),
                    c.protocolMax(),
                    Duration.ofSeconds(1),
                    c.pollInterval(),
                    c.reconnectWaitMax(),
                    c.silenceMax()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("copyThreads must be positive, not 0");
  }
}
