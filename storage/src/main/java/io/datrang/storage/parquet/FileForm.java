package io.datrang.storage.parquet;

import java.util.Set;

/**
 * How a table's files are written, as {@code datrang.file_options} says. Readers need not know.
 *
 * @param level of Zstandard's compression
 * @param rowGroupRows rows in a row group, at most
 * @param bloomFields field ids that get bloom filters besides the key and UUIDs
 * @param textFields field ids of text that get filters in the index
 */
public record FileForm(
    int level, int rowGroupRows, Set<Integer> bloomFields, Set<Integer> textFields) {
  /** The engine's unit of skipping and of parallel work. */
  public static final int ROW_GROUP_ROWS = 122_880;

  public static final FileForm DEFAULT = new FileForm(3, ROW_GROUP_ROWS, Set.of(), Set.of());

  public FileForm {
    bloomFields = Set.copyOf(bloomFields);
    textFields = Set.copyOf(textFields);
  }

  public FileForm with(Set<Integer> texts) {
    return new FileForm(level, rowGroupRows, bloomFields, texts);
  }
}
