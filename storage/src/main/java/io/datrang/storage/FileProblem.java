package io.datrang.storage;

import java.nio.file.Path;

/**
 * Something that is not as it should be with a table's files or with what is known of them.
 *
 * @param file the file
 * @param offset where in it, or −1
 * @param problem in words
 * @param damaged whether rows of the file cannot be trusted; otherwise only the index is wrong
 */
public record FileProblem(Path file, long offset, String problem, boolean damaged) {

  /** The whole sentence. */
  public String message() {
    return "file " + file + (offset < 0 ? "" : " at byte " + offset) + ": " + problem;
  }
}
