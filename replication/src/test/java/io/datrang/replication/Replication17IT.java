package io.datrang.replication;

import io.datrang.replication.testing.SourceDatabase;
import org.junit.jupiter.api.BeforeAll;

/** The same on PostgreSQL 17, which sends every change at once. */
class Replication17IT extends ReplicationIT {
  @BeforeAll
  static void start() {
    follow(
        SourceDatabase.startVersion(
            17,
            "max_prepared_transactions",
            "5",
            "debug_logical_replication_streaming",
            "immediate"));
  }
}
