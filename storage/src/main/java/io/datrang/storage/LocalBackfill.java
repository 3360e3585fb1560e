package io.datrang.storage;

import io.datrang.storage.parquet.DataFileWriter;
import io.datrang.storage.parquet.FileForm;
import io.datrang.storage.parquet.RollingWriter;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.arrow.vector.VectorSchemaRoot;

/** A first copy being written to files of this storage. */
final class LocalBackfill implements Backfill {
  private final StorageConfig config;
  private final MirrorTable table;
  private final LiveTables tables;
  private final Flusher flusher;
  private final FileForm form;
  private final Runnable abandon;
  private final Consumer<StorageException> storageEnded;
  private final List<Path> created = new ArrayList<>();
  private final Map<Path, WrittenFile> finished = new HashMap<>();
  private final AtomicInteger openWriters = new AtomicInteger();
  private boolean ended;

  /**
   * @param abandon forgets the table again
   * @param storageEnded told when storage has to be opened again to know what became of the copy
   */
  LocalBackfill(
      StorageConfig config,
      MirrorTable table,
      LiveTables tables,
      Flusher flusher,
      FileForm form,
      Runnable abandon,
      Consumer<StorageException> storageEnded) {
    this.config = config;
    this.table = table;
    this.tables = tables;
    this.flusher = flusher;
    this.form = form;
    this.abandon = abandon;
    this.storageEnded = storageEnded;
  }

  @Override
  public Writer newWriter() {
    TableSchema schema = table.schema();
    openWriters.incrementAndGet();
    return new FileWriter(
        new RollingWriter(
            schema,
            TypeMapping.rows(schema),
            this::newFile,
            config.fileBytesTarget(),
            DataFileWriter.UNKNOWN,
            form,
            config.files()::keep));
  }

  private synchronized Path newFile() {
    Path path = TableDirectory.newDataFile(config.dataDirectory(), table.id());
    created.add(path);
    return path;
  }

  private synchronized void addFinished(List<WrittenFile> files) {
    files.forEach(file -> finished.put(file.path(), file));
  }

  @Override
  public synchronized void commit(Lsn snapshotLsn) {
    if (ended || openWriters.get() > 0) {
      throw new IllegalStateException("a backfill is committed once, when its writers are closed");
    }
    try {
      flusher.complete(new Flusher.Completion(table, snapshotLsn, finished));
    } catch (CommitStateUnknownException | FencedException e) {
      ended = true; // it may have happened, so the files have to stay
      storageEnded.accept(e);
      throw e;
    }
    ended = true;
  }

  @Override
  public synchronized void close() {
    if (!ended) {
      ended = true;
      abandon.run();
      config.files().remove(created);
    }
  }

  /** One copying thread's files. */
  private final class FileWriter implements Writer {
    private final RollingWriter files;
    private boolean closed;

    FileWriter(RollingWriter files) {
      this.files = files;
    }

    @Override
    public void write(VectorSchemaRoot batch) {
      try {
        files.write(batch);
      } catch (StorageException e) {
        config.files().afterFailure(e);
        throw e;
      }
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      try (files) {
        List<WrittenFile> written = files.finish();
        addFinished(written);
        tables.files().addBackfilled(table, written);
      } finally {
        openWriters.decrementAndGet();
      }
    }
  }
}
