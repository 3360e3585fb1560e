package io.datrang.storage.parquet;

import java.util.Map;
import java.util.Set;

/**
 * How a table's files are written, as {@code datrang.file_options} says. Readers need not know.
 *
 * @param level of Zstandard's compression
 * @param rowGroupRows rows in a row group, at most
 * @param bloomFields field ids that get bloom filters besides the key and UUIDs
 * @param textFields field ids of text that get filters in the index
 * @param encodings of columns by field id, where users have chosen them
 */
public record FileForm(
    int level,
    int rowGroupRows,
    Set<Integer> bloomFields,
    Set<Integer> textFields,
    Map<Integer, ColumnEncoding> encodings) {
  /** The engine's unit of skipping and of parallel work. */
  public static final int ROW_GROUP_ROWS = 122_880;

  public static final FileForm DEFAULT =
      new FileForm(3, ROW_GROUP_ROWS, Set.of(), Set.of(), Map.of());

  public FileForm {
    bloomFields = Set.copyOf(bloomFields);
    textFields = Set.copyOf(textFields);
    encodings = Map.copyOf(encodings);
  }

  /** With what is chosen column by column. */
  public FileForm with(Set<Integer> texts, Map<Integer, ColumnEncoding> chosen) {
    return new FileForm(level, rowGroupRows, bloomFields, texts, chosen);
  }
}
