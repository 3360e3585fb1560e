package io.datrang.storage.parquet;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;

/**
 * One page of one column, decompressed. Immutable.
 *
 * @param firstRow its first row, in the row group
 * @param values number of its rows
 * @param levels definition levels; null when no value is null
 * @param numbers the values instead of {@code data}, where decoding one means decoding all; else
 *     null
 * @param texts the same of texts
 */
record Page(
    long firstRow,
    int values,
    byte[] levels,
    byte[] data,
    Encoding encoding,
    PageNumbers numbers,
    PageTexts texts) {

  long bytes() {
    return data.length
        + (levels == null ? 0 : levels.length)
        + (numbers == null ? 0 : numbers.bytes())
        + (texts == null ? 0 : texts.bytes());
  }

  Page decoded(PageNumbers all) {
    return new Page(firstRow, values, null, new byte[0], encoding, all, null);
  }

  Page decoded(PageTexts all) {
    return new Page(firstRow, values, null, new byte[0], encoding, null, all);
  }

  /** Takes a data page apart; its checksum is checked. */
  static Page of(byte[] raw, long firstRow) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(raw);
    PageHeader header = header(raw, in);
    if (header.getType() != PageType.DATA_PAGE_V2) {
      throw new IOException("no data page of the second version");
    }
    DataPageHeaderV2 page = header.getData_page_header_v2();
    int levelBytes = page.getDefinition_levels_byte_length();
    in.skipNBytes(page.getRepetition_levels_byte_length());
    byte[] levels = in.readNBytes(levelBytes);
    int bytes =
        header.getUncompressed_page_size() - levelBytes - page.getRepetition_levels_byte_length();
    byte[] data = in.readAllBytes();
    return new Page(
        firstRow,
        page.getNum_values(),
        page.getNum_nulls() == 0 ? null : levels,
        page.isIs_compressed() && data.length > 0 ? decompressed(data, bytes) : data,
        Encoding.valueOf(page.getEncoding().name()),
        null,
        null);
  }

  static Dictionary dictionary(byte[] raw, ColumnDescriptor column) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(raw);
    PageHeader header = header(raw, in);
    if (header.getType() != PageType.DICTIONARY_PAGE) {
      throw new IOException("no dictionary page");
    }
    byte[] data = decompressed(in.readAllBytes(), header.getUncompressed_page_size());
    return Encoding.PLAIN.initDictionary(
        column,
        new DictionaryPage(
            BytesInput.from(data),
            header.getDictionary_page_header().getNum_values(),
            Encoding.PLAIN));
  }

  private static PageHeader header(byte[] raw, ByteArrayInputStream in) throws IOException {
    PageHeader header = Util.readPageHeader(in);
    if (in.available() != header.getCompressed_page_size()) {
      throw new IOException("a page of another size than the file's index says");
    }
    if (header.isSetCrc()) {
      CRC32 crc = new CRC32();
      crc.update(raw, raw.length - in.available(), in.available());
      if ((int) crc.getValue() != header.getCrc()) {
        throw new IOException("a page's checksum is wrong");
      }
    }
    return header;
  }

  private static byte[] decompressed(byte[] data, int bytes) throws IOException {
    byte[] out = new byte[bytes];
    long written = Zstd.decompress(out, data);
    if (Zstd.isError(written) || written != bytes) {
      throw new IOException("a page that cannot be decompressed");
    }
    return out;
  }
}
