package io.datrang.storage;

import io.datrang.index.FileIndex;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.iceberg.IcebergChange.TableFile;
import io.datrang.storage.iceberg.PastState;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/**
 * Files of past states with their deletion vectors in the engine, where they stay for a while.
 * Thread-safe. The files have keys of their own: more of their rows may be deleted by now.
 */
final class PastFiles {
  /** States nobody reads that are kept. */
  private static final int UNUSED_MAX = 8;

  /** A state's files; {@code readers} is guarded by {@link PastFiles}. */
  static final class Loaded {
    private final long tableId;
    private final List<DataFile> files;
    private int readers;

    private Loaded(long tableId, List<DataFile> files) {
      this.tableId = tableId;
      this.files = files;
    }

    List<DataFile> files() {
      return files;
    }
  }

  private final EngineDatabase engine;
  private final BufferAllocator allocator;
  private final FileStore stored;
  private final Map<Long, Loaded> bySnapshot = new LinkedHashMap<>(16, 0.75f, true);

  PastFiles(EngineDatabase engine, BufferAllocator allocator, FileStore stored) {
    this.engine = engine;
    this.allocator = allocator;
    this.stored = stored;
  }

  FileStore.Use forQuery() {
    return stored.forQuery();
  }

  /**
   * A state's files; the caller releases them.
   *
   * @param indexes of files that are there today
   */
  synchronized Loaded acquire(long tableId, PastState state, Map<Path, FileIndex> indexes) {
    Loaded loaded = bySnapshot.get(state.id());
    if (loaded == null) {
      loaded = new Loaded(tableId, load(tableId, state, indexes));
      bySnapshot.put(state.id(), loaded);
    }
    loaded.readers++;
    return loaded;
  }

  private List<DataFile> load(long tableId, PastState state, Map<Path, FileIndex> indexes) {
    List<DataFile> files = new ArrayList<>();
    try (DuckDBConnection connection = engine.connect()) {
      for (TableFile each : state.files()) {
        FileIndex index = indexes.getOrDefault(each.path(), new FileIndex(List.of()));
        DataFile file =
            DataFile.stored(
                0, each.path(), each.rows(), each.bytes(), index, List.of(), each.vector());
        files.add(file);
        if (file.vector() != null) {
          DeletedPositions.load(
              connection,
              allocator,
              tableId,
              file.key(),
              DeletionVectorFile.read(file.path(), file.vector(), stored));
        }
      }
      return files;
    } catch (SQLException e) {
      throw new StorageException("cannot read a past state: " + e.getMessage(), e);
    }
  }

  synchronized void release(Loaded loaded) {
    loaded.readers--;
    long unused = bySnapshot.values().stream().filter(each -> each.readers == 0).count();
    Iterator<Loaded> each = bySnapshot.values().iterator();
    while (unused > UNUSED_MAX && each.hasNext()) {
      Loaded oldest = each.next();
      if (oldest.readers == 0) {
        each.remove();
        forget(oldest);
        unused--;
      }
    }
  }

  private void forget(Loaded loaded) {
    List<Long> keys =
        loaded.files.stream().filter(f -> f.vector() != null).map(DataFile::key).toList();
    if (keys.isEmpty()) {
      return;
    }
    try (DuckDBConnection connection = engine.connect()) {
      EngineDatabase.run(connection, DeletedPositions.forget(loaded.tableId, keys));
    } catch (SQLException e) {
      throw new StorageException("cannot forget deleted positions: " + e.getMessage(), e);
    }
  }
}
