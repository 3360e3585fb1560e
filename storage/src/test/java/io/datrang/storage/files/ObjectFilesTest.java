package io.datrang.storage.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.datrang.storage.FullDisk;
import io.datrang.storage.StorageException;
import io.datrang.storage.parquet.Checksums;
import io.datrang.testing.FileSizeLimit;
import io.datrang.testing.ObjectStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ObjectFilesTest {
  private static ObjectStore store;
  @TempDir private Path directory;
  private ObjectFiles files;

  @BeforeAll
  static void startStore() {
    store = ObjectStore.start();
  }

  @AfterAll
  static void stopStore() {
    store.close();
  }

  @BeforeEach
  void open() {
    files = open(1 << 20);
  }

  private ObjectFiles open(long cacheBytes) {
    String location = "s3://" + ObjectStore.BUCKET + "/" + directory.getFileName();
    return ObjectFiles.open(
        directory, new ObjectStoreConfig(location, store.endpoint(), null, true, cacheBytes));
  }

  @AfterEach
  void close() {
    files.close();
  }

  private Path kept(String name, int bytes) {
    byte[] content = new byte[bytes];
    new Random(name.hashCode()).nextBytes(content);
    Path file = directory.resolve("t1/data/" + name);
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    files.keep(List.of(file));
    CRC32C checksum = new CRC32C();
    checksum.update(content);
    files.know(file, bytes, List.of(new Checksums.Part(0, bytes, checksum.getValue())));
    return file;
  }

  private String object(Path file) {
    return directory.getFileName() + "/" + directory.relativize(file);
  }

  @Test
  void bringsBackWhatWasRemovedFromTheDisk() throws IOException {
    Path file = kept("a", 300_000);
    byte[] content = Files.readAllBytes(file);
    assertThat(store.read(object(file))).isEqualTo(content);
    files.close();
    Files.delete(file);
    files = open(1 << 20);
    try (FileStore.Use use = files.forQuery()) {
      use.add(List.of(file));
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }
    assertThat(files.figures().cacheBytes()).isEqualTo(300_000);
  }

  @Test
  void fetchesLargeFilesInRanges() throws IOException {
    files.close();
    files = open(64 << 20);
    Path file = kept("large", (20 << 20) + 17);
    byte[] content = Files.readAllBytes(file);
    files.close();
    Files.delete(file);
    files = open(64 << 20);
    try (FileStore.Use use = files.forQuery()) {
      use.add(List.of(file));
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }
  }

  /** The store answers nothing; without an end to patience the wait takes minutes. */
  @Test
  void whoNoLongerWantsFilesWaitsNoLonger() throws Exception {
    Path file = kept("wanted", 300_000);
    files.close();
    Files.delete(file);
    files = open(1 << 20);
    store.down();
    store.stall();
    AtomicBoolean ended = new AtomicBoolean();
    try (FileStore.Use use = files.forQuery()) {
      CompletableFuture<Void> waiting =
          CompletableFuture.runAsync(
              () ->
                  Patience.until(
                      ended::get,
                      () -> {
                        use.add(List.of(file));
                        return null;
                      }));
      assertThatThrownBy(() -> waiting.get(300, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      ended.set(true);
      assertThatThrownBy(() -> waiting.get(25, TimeUnit.SECONDS))
          .hasCauseInstanceOf(FilesUnavailableException.class)
          .hasMessageContaining("nobody waits");
    } finally {
      store.up();
    }
  }

  /** Those the store does not take, whose failure is told in detail. */
  @Test
  void credentialsAppearInNoErrorAndNoLog() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    List<Logger> loggers =
        Stream.of("io.datrang", "org.apache.iceberg", "software.amazon")
            .map(name -> (Logger) LoggerFactory.getLogger(name))
            .toList();
    List<Optional<Level>> levels =
        loggers.stream().map(logger -> Optional.ofNullable(logger.getLevel())).toList();
    for (Logger logger : loggers) {
      logger.setLevel(Level.DEBUG);
      logger.setAdditive(false);
      logger.addAppender(log);
    }
    String wrong = "a-wrong-secret-key";
    System.setProperty("aws.secretAccessKey", wrong);
    StringWriter told = new StringWriter();
    try (ObjectFiles other = open(1 << 20)) {
      Path file = Files.write(directory.resolve("refused"), new byte[10]);
      assertThatThrownBy(() -> other.keep(List.of(file)))
          .isInstanceOf(StorageException.class)
          .satisfies(e -> e.printStackTrace(new PrintWriter(told)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      System.setProperty("aws.secretAccessKey", ObjectStore.SECRET_KEY);
      for (int i = 0; i < loggers.size(); i++) {
        loggers.get(i).setLevel(levels.get(i).orElse(null));
        loggers.get(i).setAdditive(true);
        loggers.get(i).detachAppender(log);
      }
    }
    for (ILoggingEvent event : List.copyOf(log.list)) {
      told.append(event.getFormattedMessage()).append('\n');
      told.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    assertThat(told.toString()).contains("trying again").doesNotContain(wrong);
  }

  @Test
  void removesFromTheDiskWhatIsNotUsed() {
    Path first = kept("first", 400_000);
    Path second = kept("second", 400_000);
    try (FileStore.Use use = files.forQuery()) {
      use.add(List.of(first));
      Path third = kept("third", 400_000);
      assertThat(first).exists();
      assertThat(second).doesNotExist();
      assertThat(third).exists();
    }
    kept("fourth", 400_000);
    assertThat(files.figures().cacheBytes()).isLessThanOrEqualTo(1 << 20);
    assertThat(first).doesNotExist();
  }

  @Test
  void removesNothingFromTheDiskWhenItIsOpened() throws IOException {
    files.close();
    Path first = Files.createDirectories(directory.resolve("t1/data")).resolve("first");
    Files.write(first, new byte[700_000]);
    Path second = Files.write(first.resolveSibling("second"), new byte[700_000]);
    files = open(1 << 20);
    assertThat(first).exists();
    assertThat(second).exists();
    assertThat(files.figures().cacheBytes()).isEqualTo(1_400_000);
  }

  @Test
  void whoIsInterruptedHasMetNothingDamaged() throws IOException {
    Path file = kept("c", 100_000);
    files.close();
    Files.delete(file);
    files = open(1 << 20);
    try (FileStore.Use use = files.forWork()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> use.add(List.of(file)))
          .isInstanceOf(FilesUnavailableException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void saysWhenTheDiskIsFullAndLeavesNothing() throws IOException {
    Path file = kept("a", 300_000);
    files.close();
    Files.delete(file);
    files = open(1 << 20);
    Path large = Files.write(file.resolveSibling("large"), new byte[300_000]);
    try (FileStore.Use use = files.forQuery()) {
      try (FileSizeLimit limit = FileSizeLimit.of(100_000)) {
        assertThatThrownBy(() -> use.add(List.of(file)))
            .isInstanceOf(FilesUnavailableException.class)
            .matches(FullDisk::isReasonOf);
        assertThatThrownBy(() -> files.keep(List.of(large)))
            .isInstanceOf(FilesUnavailableException.class)
            .matches(FullDisk::isReasonOf);
      }
      files.remove(List.of(large));
      assertThat(files()).isEmpty();
      use.add(List.of(file));
      assertThat(files()).containsExactly(file);
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void refusesQueriesThatNeedMoreThanThereIsRoomFor() {
    List<Path> some = List.of(kept("one", 400_000), kept("two", 400_000), kept("three", 400_000));
    try (FileStore.Use use = files.forQuery()) {
      assertThatThrownBy(() -> use.add(some)).isInstanceOf(CacheTooSmallException.class);
    }
    try (FileStore.Use use = files.forWork()) {
      use.add(some);
      assertThat(some).allSatisfy(file -> assertThat(file).exists());
    }
    assertThat(files.figures().cacheBytes()).isLessThanOrEqualTo(1 << 20);
  }

  @Test
  void believesNoDamagedObject() throws IOException {
    Path file = kept("b", 100_000);
    byte[] content = Files.readAllBytes(file);
    files.close();
    Files.delete(file);
    byte[] damaged = content.clone();
    damaged[77_777] ^= 1;
    store.overwrite(object(file), damaged);
    files = open(1 << 20);
    know(file, content);
    try (FileStore.Use use = files.forQuery()) {
      assertThatThrownBy(() -> use.add(List.of(file)))
          .isInstanceOf(StorageException.class)
          .isNotInstanceOf(FilesUnavailableException.class)
          .hasMessageContaining("not what was written");
    }
    assertThat(file).doesNotExist();
    store.overwrite(object(file), content);
    try (FileStore.Use use = files.forQuery()) {
      use.add(List.of(file));
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }
  }

  @Test
  void bringsBackWhatWasDamagedOnTheDisk() throws IOException {
    Path file = kept("c", 100_000);
    byte[] content = Files.readAllBytes(file);
    files.close();
    Files.write(file, new byte[100_000]);
    files = open(1 << 20);
    know(file, content);
    try (FileStore.Use use = files.forQuery()) {
      use.add(List.of(file));
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }
  }

  private void know(Path file, byte[] content) {
    CRC32C checksum = new CRC32C();
    checksum.update(content);
    files.know(
        file, content.length, List.of(new Checksums.Part(0, content.length, checksum.getValue())));
  }

  @Test
  void saysWhenTheObjectStoreCannotBeReached() throws IOException {
    Path file = kept("d", 1000);
    files.close();
    Files.delete(file);
    files = open(1 << 20);
    store.down();
    try (FileStore.Use use = files.forQuery()) {
      assertThatThrownBy(() -> use.add(List.of(file)))
          .isInstanceOf(FilesUnavailableException.class)
          .hasMessageContaining("s3://" + ObjectStore.BUCKET);
    } finally {
      store.up();
    }
    try (FileStore.Use use = files.forQuery()) {
      use.add(List.of(file));
      assertThat(file).exists();
    }
  }

  @Test
  void listsAndRemoves() {
    Path file = kept("e", 1000);
    Path metadata = directory.resolve("t1/metadata/m.json");
    assertThat(files.list(directory)).containsEntry(file, 1000L).doesNotContainKey(metadata);
    assertThat(files.path(files.location(file))).isEqualTo(file);
    files.remove(List.of(file, metadata));
    assertThat(files.list(directory)).isEmpty();
    assertThat(files.bytes(file)).isEqualTo(-1);
    assertThat(file).doesNotExist();
  }
}
