package io.datrang.storage.parquet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesReader;

/**
 * The texts of a page in Parquet's encoding DELTA_BYTE_ARRAY, where each is written as the length
 * of what it has in common with the one before and the rest. Any of them can be had from the
 * nearest of those that are kept whole. Immutable.
 */
final class PageTexts {
  /** So many texts further on the next one is kept whole. */
  private static final int STEP = 128;

  private final byte[] page;
  private final PageNumbers prefixes;
  private final PageNumbers suffixes;

  /** Those kept whole, and where in the page what follows each begins. */
  private final byte[][] whole;

  private final int[] nextSuffix;

  private PageTexts(byte[] page, PageNumbers prefixes, PageNumbers suffixes, int firstSuffix) {
    this.page = page;
    this.prefixes = prefixes;
    this.suffixes = suffixes;
    int kept = (prefixes.size() + STEP - 1) / STEP;
    this.whole = new byte[kept][];
    this.nextSuffix = new int[kept];
    Reader reader = new Reader();
    reader.next = firstSuffix;
    for (int i = 0; i < prefixes.size(); i++) {
      reader.advance();
      if (i % STEP == 0) {
        whole[i / STEP] = reader.text();
        nextSuffix[i / STEP] = reader.next;
      }
    }
  }

  /** Takes over the values of a page without nulls. */
  static PageTexts of(byte[] page, int values) throws IOException {
    ByteBufferInputStream in = ByteBufferInputStream.wrap(ByteBuffer.wrap(page));
    PageNumbers prefixes = lengths(in, values);
    PageNumbers suffixes = lengths(in, values);
    return new PageTexts(page, prefixes, suffixes, page.length - in.available());
  }

  private static PageNumbers lengths(ByteBufferInputStream in, int values) throws IOException {
    DeltaBinaryPackingValuesReader reader = new DeltaBinaryPackingValuesReader();
    reader.initFromPage(values, in);
    long[] lengths = new long[values];
    for (int i = 0; i < values; i++) {
      lengths[i] = reader.readInteger();
    }
    return PageNumbers.of(lengths);
  }

  long bytes() {
    long kept = Arrays.stream(whole).mapToLong(text -> text.length + 24).sum();
    return page.length + prefixes.bytes() + suffixes.bytes() + kept;
  }

  Reader reader() {
    return new Reader();
  }

  /** Goes from text to text. Used by one thread. */
  final class Reader {
    private byte[] text = new byte[64];
    private int length;
    private int next;
    private int row = -1;

    void moveTo(int target) {
      if (target < row || target - row > STEP || row < 0) {
        int kept = target / STEP;
        text = whole[kept].clone();
        length = text.length;
        next = nextSuffix[kept];
        row = kept * STEP;
      }
      while (row < target) {
        advance();
      }
    }

    private void advance() {
      row++;
      int prefix = (int) prefixes.get(row);
      int suffix = (int) suffixes.get(row);
      if (prefix + suffix > text.length) {
        text = Arrays.copyOf(text, Math.max(prefix + suffix, 2 * text.length));
      }
      System.arraycopy(page, next, text, prefix, suffix);
      next += suffix;
      length = prefix + suffix;
    }

    byte[] text() {
      return Arrays.copyOf(text, length);
    }
  }
}
