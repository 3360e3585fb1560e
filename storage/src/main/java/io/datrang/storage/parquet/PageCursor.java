package io.datrang.storage.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.ValuesType;
import org.apache.parquet.column.values.ValuesReader;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridDecoder;
import org.apache.parquet.io.api.Binary;

/** Reads values of one page, forwards. Used by one thread. */
public final class PageCursor {
  private final ColumnDescriptor column;
  private final ValuesReader values;
  private final PageNumbers numbers;
  private final PageTexts.Reader texts;
  private final RunLengthBitPackingHybridDecoder levels;
  private int row;

  PageCursor(ColumnDescriptor column, Page page, Dictionary dictionary) throws IOException {
    this.column = column;
    this.numbers = page.numbers();
    this.texts = page.texts() == null ? null : page.texts().reader();
    if (numbers != null || texts != null) {
      this.levels = null;
      this.values = null;
      return;
    }
    this.levels =
        page.levels() == null
            ? null
            : new RunLengthBitPackingHybridDecoder(1, new ByteArrayInputStream(page.levels()));
    this.values =
        page.encoding().usesDictionary()
            ? page.encoding().getDictionaryBasedValuesReader(column, ValuesType.VALUES, dictionary)
            : page.encoding().getValuesReader(column, ValuesType.VALUES);
    values.initFromPage(page.values(), ByteBufferInputStream.wrap(ByteBuffer.wrap(page.data())));
  }

  /** The page as it is quickest to read again and again. */
  static Page decoded(ColumnDescriptor column, Page page) throws IOException {
    if (page.levels() != null || page.values() == 0) {
      return page;
    }
    return switch (page.encoding()) {
      case DELTA_BINARY_PACKED -> page.decoded(numbers(column, page));
      case DELTA_BYTE_ARRAY -> page.decoded(PageTexts.of(page.data(), page.values()));
      default -> page;
    };
  }

  private static PageNumbers numbers(ColumnDescriptor column, Page page) throws IOException {
    PageCursor cursor = new PageCursor(column, page, null);
    long[] numbers = new long[page.values()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = cursor.integer();
    }
    return PageNumbers.of(numbers);
  }

  /**
   * Goes to a row of the page, past the one it was at; the value is to be read at most once.
   *
   * @return false when the value is null
   */
  public boolean moveTo(int target) throws IOException {
    if (numbers != null) {
      row = target;
      return true;
    }
    if (texts != null) {
      texts.moveTo(target);
      return true;
    }
    int skipped = 0;
    for (; row < target; row++) {
      if (levels == null || levels.readInt() != 0) {
        skipped++;
      }
    }
    if (skipped > 0) {
      values.skip(skipped);
    }
    row++;
    return levels == null || levels.readInt() != 0;
  }

  /** All values, where each can be had at once; else null. */
  PageNumbers numbers() {
    return numbers;
  }

  /** The value of a column of whole numbers. */
  public long integer() {
    if (numbers != null) {
      return numbers.get(row);
    }
    return switch (column.getPrimitiveType().getPrimitiveTypeName()) {
      case INT32 -> values.readInteger();
      case INT64 -> values.readLong();
      default -> throw new IllegalStateException(column + " has no whole numbers");
    };
  }

  public boolean truth() {
    return values.readBoolean();
  }

  public float real() {
    return values.readFloat();
  }

  public double number() {
    return values.readDouble();
  }

  public Binary bytes() {
    return texts == null ? values.readBytes() : Binary.fromConstantByteArray(texts.text());
  }
}
