package io.datrang.storage.parquet;

import io.datrang.storage.StorageException;
import io.datrang.storage.parquet.FilePages.Chunk;
import io.datrang.storage.parquet.RecentlyRead.Part;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.parquet.column.Dictionary;

/**
 * Reads single pages of a data file, and nothing that is in memory. Values looked for are Longs in
 * columns of whole numbers and bytes in others. Used by one thread.
 */
public final class PagedFile implements AutoCloseable {
  /** A column of a row group; names what is kept of it. */
  private record ChunkName(Path file, int rowGroup, int field, char what) {}

  private record PageName(Path file, int rowGroup, int field, int page) {}

  /**
   * One column in one row group.
   *
   * @param nextRow the row after the page's last one
   */
  public record Rows(int page, long firstRow, long nextRow) {}

  private final FileParts recent;
  private final Path path;
  private FileChannel channel;
  private int pagesRead;

  public PagedFile(FileParts recent, Path path) {
    this.recent = recent;
    this.path = path;
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  private <T> T reading(Work<T> work) {
    try {
      return work.run();
    } catch (NotKeptException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new StorageException("cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private FileChannel channel() throws IOException {
    if (channel == null) {
      channel = recent.open(path);
    }
    return channel;
  }

  /** Pages that were looked at. */
  public int pagesRead() {
    return pagesRead;
  }

  /** Whether the column's pages in this row group can be read one by one. */
  public boolean has(int rowGroup, int field) {
    return chunk(rowGroup, field).isPresent();
  }

  private Optional<Chunk> chunk(int rowGroup, int field) {
    return reading(
        () -> {
          FilePages file = recent.get(path, () -> FilePages.read(channel()));
          return rowGroup < file.rowGroups().size()
              ? Optional.ofNullable(file.rowGroups().get(rowGroup).get(field))
              : Optional.empty();
        });
  }

  /** The pages that can hold one of the values. */
  public List<Rows> holding(int rowGroup, int field, List<Object> values) {
    Chunk chunk = chunk(rowGroup, field).orElseThrow();
    return reading(
        () -> {
          ChunkPages pages = pages(chunk, rowGroup, field);
          List<Rows> found = within(chunk, pages, values);
          if (found.stream().allMatch(r -> recent.has(name(rowGroup, field, r.page())))) {
            return found; // looking is as quick as asking the filter
          }
          List<Object> possible = new ArrayList<>();
          for (Object value : values) {
            if (mayHold(chunk, rowGroup, field, value)) {
              possible.add(value);
            }
          }
          return within(chunk, pages, possible);
        });
  }

  /** The pages whose bounds leave one of the values possible. */
  private static List<Rows> within(Chunk chunk, ChunkPages pages, List<Object> values) {
    List<Rows> found = new ArrayList<>();
    for (int i = 0; i < pages.count(); i++) {
      int page = i;
      if (values.stream().anyMatch(value -> pages.mayHold(page, value))) {
        found.add(rows(chunk, pages, page));
      }
    }
    return found;
  }

  private PageName name(int rowGroup, int field, int page) {
    return new PageName(path, rowGroup, field, page);
  }

  private boolean mayHold(Chunk chunk, int rowGroup, int field, Object value) throws IOException {
    if (chunk.bloom() == 0) {
      return true;
    }
    BloomBlocks blocks =
        recent.get(
            new ChunkName(path, rowGroup, field, 'b'),
            () -> BloomBlocks.read(channel(), chunk.bloom()));
    return blocks.mayHold(
        channel(),
        BloomBlocks.hash(chunk.column().getPrimitiveType().getPrimitiveTypeName(), value));
  }

  private static Rows rows(Chunk chunk, ChunkPages pages, int page) {
    return new Rows(
        page,
        pages.firstRows()[page],
        page + 1 < pages.count() ? pages.firstRows()[page + 1] : chunk.rows());
  }

  private ChunkPages pages(Chunk chunk, int rowGroup, int field) throws IOException {
    return recent.get(
        new ChunkName(path, rowGroup, field, 'p'), () -> ChunkPages.read(channel(), chunk));
  }

  /** The page that has a row of the row group. */
  public Rows having(int rowGroup, int field, long row) {
    Chunk chunk = chunk(rowGroup, field).orElseThrow();
    return reading(
        () -> {
          ChunkPages pages = pages(chunk, rowGroup, field);
          return rows(chunk, pages, pages.of(row));
        });
  }

  /** Rows of the row group, within a page, that have one of the values. */
  public List<Long> matching(int rowGroup, int field, Rows rows, List<Object> values) {
    PageCursor cursor = cursor(rowGroup, field, rows.page());
    return reading(
        () -> {
          boolean whole = values.get(0) instanceof Long;
          List<Long> found = new ArrayList<>();
          int count = Math.toIntExact(rows.nextRow() - rows.firstRow());
          if (cursor.numbers() != null) {
            return matching(cursor.numbers(), rows.firstRow(), values);
          }
          for (int i = 0; i < count; i++) {
            if (cursor.moveTo(i)
                && (whole
                    ? isOne(cursor.integer(), values)
                    : isOne(cursor.bytes().getBytesUnsafe(), values))) {
              found.add(rows.firstRow() + i);
            }
          }
          return found;
        });
  }

  private static List<Long> matching(PageNumbers numbers, long first, List<Object> values) {
    SortedSet<Long> found = new TreeSet<>();
    for (Object value : values) {
      long sought = (Long) value;
      for (int i = numbers.find(sought, 0); i < numbers.size(); i = numbers.find(sought, i + 1)) {
        found.add(first + i);
      }
    }
    return List.copyOf(found);
  }

  private static boolean isOne(long number, List<Object> values) {
    for (Object value : values) {
      if ((Long) value == number) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOne(byte[] bytes, List<Object> values) {
    for (Object value : values) {
      if (Arrays.equals(bytes, (byte[]) value)) {
        return true;
      }
    }
    return false;
  }

  /** Begins to read a page of a column. */
  public PageCursor cursor(int rowGroup, int field, int page) {
    Chunk chunk = chunk(rowGroup, field).orElseThrow();
    pagesRead++;
    return reading(
        () -> {
          ChunkPages pages = pages(chunk, rowGroup, field);
          Page read =
              recent.get(
                  name(rowGroup, field, page),
                  () -> {
                    byte[] raw = raw(pages.offsets()[page], pages.sizes()[page]);
                    Page made =
                        PageCursor.decoded(chunk.column(), Page.of(raw, pages.firstRows()[page]));
                    return new Part<>(made, made.bytes());
                  });
          return new PageCursor(
              chunk.column(),
              read,
              read.encoding().usesDictionary() ? dictionary(chunk, pages, rowGroup, field) : null);
        });
  }

  /** Told of a row of a row group and its value. */
  public interface Sink {
    void take(long row, byte[] value);
  }

  /** Reads all values of a column of bytes in a row group, nulls left out. */
  public void each(int rowGroup, int field, Sink sink) {
    Chunk chunk = chunk(rowGroup, field).orElseThrow();
    for (long row = 0; row < chunk.rows(); ) {
      Rows page = having(rowGroup, field, row);
      PageCursor cursor = cursor(rowGroup, field, page.page());
      reading(
          () -> {
            for (long each = page.firstRow(); each < page.nextRow(); each++) {
              if (cursor.moveTo(Math.toIntExact(each - page.firstRow()))) {
                sink.take(each, cursor.bytes().getBytesUnsafe());
              }
            }
            return null;
          });
      row = page.nextRow();
    }
  }

  private Dictionary dictionary(Chunk chunk, ChunkPages pages, int rowGroup, int field)
      throws IOException {
    return recent.get(
        new ChunkName(path, rowGroup, field, 'd'),
        () -> {
          long bytes = pages.offsets()[0] - chunk.dictionary();
          byte[] raw = raw(chunk.dictionary(), Math.toIntExact(bytes));
          return new Part<>(Page.dictionary(raw, chunk.column()), 4 * bytes);
        });
  }

  private byte[] raw(long offset, int bytes) throws IOException {
    byte[] raw = new byte[bytes];
    var read = DataFileFooter.read(channel(), offset, bytes);
    if (read.remaining() < bytes) {
      throw new IOException("it ends within the page at byte " + offset);
    }
    read.get(raw);
    return raw;
  }

  @Override
  public void close() {
    if (channel != null) {
      reading(
          () -> {
            channel.close();
            return null;
          });
    }
  }
}
