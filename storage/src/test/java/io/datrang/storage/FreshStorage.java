package io.datrang.storage;

import io.datrang.testing.PostgresCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A private PostgreSQL for the class; a catalog and a data directory of its own for each test. */
abstract class FreshStorage {
  private static PostgresCluster cluster;
  StorageFixture fixture;

  @BeforeAll
  static void startCluster() {
    cluster = PostgresCluster.startDefault();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @BeforeEach
  void createFixture() {
    fixture = new StorageFixture(cluster, "storage_" + System.nanoTime());
  }

  /** One more; the caller closes it. */
  static StorageFixture anotherFixture() {
    return new StorageFixture(cluster, "storage_" + System.nanoTime());
  }

  @AfterEach
  void removeFixture() {
    fixture.close();
  }
}
