package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.files.LocalFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.puffin.Puffin;
import org.apache.iceberg.puffin.PuffinReader;

/**
 * A Puffin file of deletion vectors (blob type {@code deletion-vector-v1}): one blob for each data
 * file. Written once, by one thread; on stable storage when {@link #finish} returns.
 */
public final class DeletionVectorFile implements AutoCloseable {
  /** One data file's blob; {@code cardinality} deleted rows. */
  public record Blob(Path path, long offset, long bytes, long cardinality) {}

  private final Path path;
  private final FileStore files;
  private final BaseDVFileWriter writer;

  /**
   * @param files keeps it
   */
  public DeletionVectorFile(Path path, FileStore files) {
    this.path = path;
    this.files = files;
    this.writer =
        new BaseDVFileWriter(
            () -> new LocalFileIO().newOutputFile(path.toString()), dataFile -> null);
  }

  /** Marks a row of a data file deleted; all its deleted rows have to be named, old ones too. */
  public void delete(Path dataFile, long position) {
    writer.delete(files.location(dataFile), position, PartitionSpec.unpartitioned(), null);
  }

  /** Completes the file; answers the blobs by data file. */
  public Map<Path, Blob> finish() {
    try {
      writer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.keep(List.of(path));
    Map<Path, Blob> blobs = new HashMap<>();
    for (DeleteFile file : writer.result().deleteFiles()) {
      blobs.put(
          files.path(file.referencedDataFile()),
          new Blob(path, file.contentOffset(), file.contentSizeInBytes(), file.recordCount()));
    }
    return blobs;
  }

  /**
   * The positions in a blob.
   *
   * @throws IllegalStateException when the file says that they are another data file's
   */
  public static PositionDeleteIndex read(Path dataFile, Blob blob, FileStore files) {
    try (FileStore.Use use = files.forWork()) {
      use.add(List.of(blob.path()));
      if (!name(files.location(dataFile)).equals(name(referenced(blob)))) {
        throw new IllegalStateException("no deletion vector of " + dataFile + " is there");
      }
      return read(dataFile, blob);
    }
  }

  /** No other file has it, and it stays the same when all files are moved. */
  private static String name(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  /** What the file says the blob is of; empty when it has none there. */
  private static String referenced(Blob blob) {
    InputFile file = new LocalFileIO().newInputFile(blob.path().toString());
    try (PuffinReader reader = Puffin.read(file).build()) {
      return reader.fileMetadata().blobs().stream()
          .filter(each -> each.offset() == blob.offset())
          .map(each -> each.properties().get("referenced-data-file"))
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, of a file that is at its path. */
  public static PositionDeleteIndex read(Path dataFile, Blob blob) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(blob.bytes()));
    try (FileChannel channel = FileChannel.open(blob.path(), StandardOpenOption.READ)) {
      while (bytes.hasRemaining() && channel.read(bytes, blob.offset() + bytes.position()) >= 0) {
        // reads on
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return PositionDeleteIndex.deserialize(
        bytes.array(), describe(dataFile, blob, 0, new LocalFiles()));
  }

  /** The blob as Iceberg metadata has it. */
  static DeleteFile describe(Path dataFile, Blob blob, long fileBytes, FileStore files) {
    return FileMetadata.deleteFileBuilder(PartitionSpec.unpartitioned())
        .ofPositionDeletes()
        .withFormat(FileFormat.PUFFIN)
        .withPath(files.location(blob.path()))
        .withFileSizeInBytes(fileBytes)
        .withReferencedDataFile(files.location(dataFile))
        .withContentOffset(blob.offset())
        .withContentSizeInBytes(blob.bytes())
        .withRecordCount(blob.cardinality())
        .build();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
