package io.datrang.storage.parquet;

import io.datrang.storage.parquet.RecentlyRead.Source;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Parts of files, as somebody may have them. */
public interface FileParts {
  /**
   * The part of that name.
   *
   * @throws NotKeptException when it would have to be read and must not be
   */
  <T> T get(Object key, Source<T> source) throws IOException;

  /** Whether the part of that name is in memory. */
  boolean has(Object key);

  /**
   * Opens a file to be read.
   *
   * @throws NotKeptException when nothing must be read
   */
  FileChannel open(Path file) throws IOException;
}
