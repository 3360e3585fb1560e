package io.datrang.storage;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.LocalFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * Where a {@link LocalStorage} lives and what it may use.
 *
 * @param dataDirectory holds the tables' files; must be this storage's alone
 * @param catalog the database whose schema {@code datrang} is the catalog
 * @param engineMemoryBytesMax what the engine may use before it spills
 * @param cacheBytesMax part of it that columns which are read often may take, decoded; 0 for none
 * @param engineThreads threads of the engine
 * @param engineTempDirectory where the engine spills to
 * @param engineTempBytesMax how much it may spill
 * @param engineSettings further engine settings by name, set before the configuration is locked
 * @param flushInterval longest time a change stays out of files
 * @param flushRows delta rows that start a flush before its time
 * @param fileBytesTarget a data file is closed when it has reached this size
 * @param smallFilesMax more small files than this of about the same size become one
 * @param compactionInterval how often files are looked at that are worth being written anew
 * @param compactionBytesPerSecond rows that are written anew in the background, the engine's size
 * @param history how long Iceberg readers can go back
 * @param files keeps the files that are written below the data directory
 */
public record StorageConfig(
    Path dataDirectory,
    DataSource catalog,
    long engineMemoryBytesMax,
    long cacheBytesMax,
    int engineThreads,
    Path engineTempDirectory,
    long engineTempBytesMax,
    Map<String, String> engineSettings,
    Duration flushInterval,
    long flushRows,
    long fileBytesTarget,
    int smallFilesMax,
    Duration compactionInterval,
    long compactionBytesPerSecond,
    Duration history,
    FileStore files) {

  /**
   * Engine settings that have it verify what it spilled, by the authentication code of a cipher. It
   * has no other checksum. Whether the key could be guessed does not matter for that.
   */
  public static final Map<String, String> SPILL_IS_CHECKED =
      Map.of("force_mbedtls_unsafe", "true", "temp_file_encryption", "true");

  /** Default of {@code smallFilesMax}. */
  public static final int SMALL_FILES_MAX = 16;

  public StorageConfig {
    dataDirectory = dataDirectory.toAbsolutePath().normalize();
    engineTempDirectory = engineTempDirectory.toAbsolutePath().normalize();
    Objects.requireNonNull(catalog);
    Objects.requireNonNull(files);
    engineSettings = Map.copyOf(engineSettings);
    require(engineMemoryBytesMax >= 64L << 20, "engine memory must be at least 64 MiB");
    require(cacheBytesMax >= 0, "cache bytes must not be negative");
    require(engineThreads >= 1, "the engine needs a thread");
    require(engineTempBytesMax >= 0, "engine temp bytes must not be negative");
    require(!flushInterval.isNegative() && !flushInterval.isZero(), "flush interval must be > 0");
    require(flushRows >= 1, "flush rows must be at least 1");
    require(fileBytesTarget >= 1 << 20, "files must be allowed to reach 1 MiB");
    require(smallFilesMax >= 2, "at least 2 small files must be allowed");
    require(!compactionInterval.isZero(), "the compaction interval must be > 0");
    require(compactionBytesPerSecond >= 1 << 20, "compaction must be allowed 1 MiB a second");
    require(!history.isNegative(), "history must not be negative");
  }

  /** What fits a small machine. */
  public static StorageConfig of(Path dataDirectory, DataSource catalog) {
    return new StorageConfig(
        dataDirectory,
        catalog,
        1L << 30,
        256L << 20,
        Math.max(1, Runtime.getRuntime().availableProcessors()),
        dataDirectory.resolve("temp"),
        16L << 30,
        Map.of(),
        Duration.ofSeconds(30),
        1_000_000,
        256L << 20,
        SMALL_FILES_MAX,
        Duration.ofSeconds(10),
        256L << 20,
        Duration.ofHours(1),
        new LocalFiles());
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
