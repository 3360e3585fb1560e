package io.datrang.storage.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.storage.FullDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {
  @TempDir private Path directory;

  @Test
  void aFileThatComesWhenNobodyWaitsForItAnyMoreIsNotKeptAboveTheLimit() {
    CompletableFuture<Long> load = new CompletableFuture<>();
    DiskCache cache = new DiskCache(100, file -> load);
    Map<Path, Long> wanted = Map.of(directory.resolve("a"), 90L);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> cache.acquire(wanted, true))
        .isInstanceOf(FilesUnavailableException.class);
    assertThat(Thread.interrupted()).isTrue();
    load.complete(120L);
    assertThat(cache.figures(0, 0, 0, 0).cacheBytes()).isZero();
  }

  @Test
  void aFileInUseIsKeptUntilItIsReleased() {
    DiskCache cache = new DiskCache(100, file -> CompletableFuture.completedFuture(120L));
    var held = cache.acquire(Map.of(directory.resolve("a"), 90L), true);
    assertThat(cache.figures(0, 0, 0, 0).cacheBytes()).isEqualTo(120);
    cache.release(held);
    assertThat(cache.figures(0, 0, 0, 0).cacheBytes()).isZero();
  }

  @Test
  void whatNobodyUsesGoesWhenTheDiskIsFull() throws IOException {
    Path used = directory.resolve("used");
    Path idle = Files.write(directory.resolve("idle"), new byte[50]);
    Path wanted = directory.resolve("wanted");
    DiskCache cache =
        new DiskCache(
            1000,
            file ->
                Files.exists(idle) && file.equals(wanted)
                    ? CompletableFuture.failedFuture(new IOException("No space left on device"))
                    : CompletableFuture.completedFuture(50L));
    cache.put(idle, 50);
    var reading = cache.acquire(Map.of(used, 50L), true);
    cache.release(cache.acquire(Map.of(wanted, 50L), true));
    assertThat(idle).doesNotExist();
    assertThat(cache.figures(0, 0, 0, 0).cacheBytes()).isEqualTo(100);
    cache.release(reading);
  }

  @Test
  void aFullDiskIsSaidWhereNothingCanGo() {
    DiskCache cache =
        new DiskCache(
            1000,
            file -> CompletableFuture.failedFuture(new IOException("No space left on device")));
    Map<Path, Long> wanted = Map.of(directory.resolve("a"), 50L);
    assertThatThrownBy(() -> cache.acquire(wanted, true))
        .isInstanceOf(FilesUnavailableException.class)
        .matches(FullDisk::isReasonOf);
    assertThat(cache.figures(0, 0, 0, 0).cacheBytes()).isZero();
  }

  @Test
  void aFileInUseIsNotRemovedWhenItIsDoubted() throws IOException {
    Path file = Files.write(directory.resolve("a"), new byte[50]);
    AtomicInteger loads = new AtomicInteger();
    DiskCache cache =
        new DiskCache(
            100,
            path -> {
              loads.incrementAndGet();
              return CompletableFuture.completedFuture(50L);
            });
    cache.put(file, 50);
    var reading = cache.acquire(Map.of(file, 50L), true);
    cache.doubt(file);
    assertThat(file).exists();
    cache.release(cache.acquire(Map.of(file, 50L), true));
    assertThat(loads).hasValue(1);
    cache.put(directory.resolve("b"), 90);
    assertThat(file).as("still used").exists();
    assertThat(cache.figures(0, 0, 0, 0).cacheBytes()).isEqualTo(50);
    cache.release(reading);
  }
}
