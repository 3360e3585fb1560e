package io.datrang.replication.writes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What a statement did to a native table: content of a logical message with prefix {@link #PREFIX}.
 *
 * <p>Format: a line {@code <seal> 1 <table> <truncate> <first row> <rows> <file> <deleted row>...},
 * separated by single blanks, then the row block. {@code truncate} is 0 or 1: before anything else
 * all rows go. {@code file} is {@code -} when the rows follow here, else names the file that has
 * them and nothing follows. The seal is the {@link Seal} of everything after its blank: messages
 * that this sidecar did not word are refused.
 *
 * @param file null when the rows are in {@code block}
 */
public record WriteRecord(
    long tableId, boolean truncate, RowBlock block, String file, long[] deletes) {
  public static final String PREFIX = "datrang.write";

  private static final String VERSION = "1";
  private static final int FIXED_WORDS = 7;

  /** The first line, without its line end; what follows it is the row block. */
  String head(Seal seal) {
    String words =
        String.join(
            " ",
            VERSION,
            Long.toString(tableId),
            truncate ? "1" : "0",
            Long.toString(block.firstRow()),
            Integer.toString(block.rows()),
            file == null ? "-" : file);
    if (deletes.length > 0) {
      words +=
          " " + LongStream.of(deletes).mapToObj(Long::toString).collect(Collectors.joining(" "));
    }
    String line = words + "\n";
    return seal.of(line.getBytes(StandardCharsets.US_ASCII), block.bytes()) + " " + words;
  }

  /**
   * Reads a message.
   *
   * @throws IllegalArgumentException when it is none of this sidecar's
   */
  static WriteRecord parse(byte[] content, Seal seal) {
    int lineEnd = 0;
    while (lineEnd < content.length && content[lineEnd] != '\n') {
      lineEnd++;
    }
    int sealEnd = 0;
    while (sealEnd < lineEnd && content[sealEnd] != ' ') {
      sealEnd++;
    }
    if (lineEnd == content.length
        || sealEnd == lineEnd
        || !seal.of(Arrays.copyOfRange(content, sealEnd + 1, content.length))
            .equals(new String(content, 0, sealEnd, StandardCharsets.US_ASCII))) {
      throw new IllegalArgumentException("a write that no sidecar of this directory has sealed");
    }
    String[] words = new String(content, 0, lineEnd, StandardCharsets.US_ASCII).split(" ");
    if (!words[1].equals(VERSION)) {
      throw new IllegalArgumentException("a write of the unknown version " + words[1]);
    }
    byte[] block = Arrays.copyOfRange(content, lineEnd + 1, content.length);
    return new WriteRecord(
        Long.parseLong(words[2]),
        words[3].equals("1"),
        new RowBlock(Long.parseLong(words[4]), Integer.parseInt(words[5]), block),
        words[6].equals("-") ? null : words[6],
        Arrays.stream(words).skip(FIXED_WORDS).mapToLong(Long::parseLong).toArray());
  }
}
