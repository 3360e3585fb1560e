package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.testing.SourceDatabase;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same on PostgreSQL 18, which sends every change at once. */
class Replication18IT extends ReplicationIT {
  @BeforeAll
  static void start() {
    follow(
        SourceDatabase.startVersion(
            18,
            "max_prepared_transactions",
            "5",
            "debug_logical_replication_streaming",
            "immediate"));
  }

  @Test
  void I1_slotSurvivesAFailoverOfStandbysThatSynchroniseIt() {
    assertThat(failoverOfTheSlot()).isEqualTo("t");
  }
}
