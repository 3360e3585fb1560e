package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
import java.nio.file.Path;
import java.util.List;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/** Files of a file store, by their locations; what is written is kept only when it is told to. */
class StoredFileIO extends LocalFileIO {
  private final transient FileStore files;

  StoredFileIO(FileStore files) {
    this.files = files;
  }

  /** The path of a location. */
  final Path pathOf(String location) {
    return files.path(location);
  }

  @Override
  public InputFile newInputFile(String location) {
    return new StoredFile(location);
  }

  /** A file that is at its path. */
  final InputFile localFile(Path path) {
    return super.newInputFile(path.toString());
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new WrittenFile(location, super.newOutputFile(pathOf(location).toString()));
  }

  @Override
  public void deleteFile(String location) {
    files.remove(List.of(pathOf(location)));
  }

  /** Is written at its path. */
  private final class WrittenFile implements OutputFile {
    private final String location;
    private final OutputFile local;

    private WrittenFile(String location, OutputFile local) {
      this.location = location;
      this.local = local;
    }

    @Override
    public PositionOutputStream create() {
      return local.create();
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      return local.createOrOverwrite();
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public InputFile toInputFile() {
      return newInputFile(location);
    }
  }

  /** Is at its path from when it is opened on; an open file may be removed. */
  private final class StoredFile implements InputFile {
    private final String location;

    private StoredFile(String location) {
      this.location = location;
    }

    private InputFile local() {
      return localFile(pathOf(location));
    }

    @Override
    public long getLength() {
      try (FileStore.Use use = files.forWork()) {
        use.add(List.of(pathOf(location)));
        return local().getLength();
      }
    }

    @Override
    public SeekableInputStream newStream() {
      try (FileStore.Use use = files.forWork()) {
        use.add(List.of(pathOf(location)));
        return local().newStream();
      }
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public boolean exists() {
      return files.bytes(pathOf(location)) >= 0;
    }
  }
}
