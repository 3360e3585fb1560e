package io.datrang.replication;

import io.datrang.replication.testing.SourceDatabase;
import org.junit.jupiter.api.BeforeAll;

/** The same with protocol 4 of PostgreSQL 17. */
class Streaming17IT extends StreamingIT {
  @BeforeAll
  static void start() {
    follow(SourceDatabase.startVersion(17, "logical_decoding_work_mem", "64kB"));
  }
}
