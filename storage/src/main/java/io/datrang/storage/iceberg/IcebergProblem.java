package io.datrang.storage.iceberg;

import java.nio.file.Path;

/**
 * Why a table's Iceberg metadata is not what this sidecar wrote. Our own readers do not need it.
 *
 * @param file of the metadata
 * @param text in words
 */
public record IcebergProblem(Path file, String text) {

  /** The whole sentence. */
  public String message() {
    return "Iceberg file " + file + ": " + text;
  }
}
