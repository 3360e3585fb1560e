package io.datrang.replication;

import io.datrang.replication.testing.SourceDatabase;
import org.junit.jupiter.api.BeforeAll;

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
}
