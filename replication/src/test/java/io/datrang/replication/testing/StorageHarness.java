package io.datrang.replication.testing;

import io.datrang.storage.WritableStorage;
import java.util.List;

/** A storage that can be killed and opened again. */
public interface StorageHarness extends AutoCloseable {
  WritableStorage storage();

  /** Forgets what was not flushed, as the death of the process does, and opens again. */
  void kill();

  /** Rows readers see, in the form {@link ArrowText} gives. */
  List<List<String>> rows(long tableId);

  @Override
  void close();

  static StorageHarness memory(SourceDatabase source) {
    MemoryStorage storage = source.memoryStorage();
    return new StorageHarness() {
      @Override
      public WritableStorage storage() {
        return storage;
      }

      @Override
      public void kill() {
        storage.crash();
      }

      @Override
      public List<List<String>> rows(long tableId) {
        return storage.rows(tableId);
      }

      @Override
      public void close() {
        storage.close();
      }
    };
  }

  static StorageHarness local(SourceDatabase source) {
    return new LocalHarness(source);
  }
}
