package io.datrang.replication;

import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server and storage in files that follows it, new for each test. */
abstract class FollowedFiles {
  SourceDatabase source;
  StorageHarness harness;
  Replication replication;

  @BeforeEach
  void start() {
    source = SourceDatabase.start();
    harness = StorageHarness.local(source);
    replication = source.replicate(harness.storage(), SourceDatabase::tight);
  }

  @AfterEach
  void stop() {
    replication.close();
    harness.close();
    source.close();
  }
}
