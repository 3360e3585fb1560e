package io.datrang.replication.writes;

import java.io.IOException;

/** Rows could not be written to the staging directory, for want of space or worse. */
public final class StagingFailedException extends RuntimeException {
  public StagingFailedException(IOException cause) {
    super("cannot stage rows: " + cause.getMessage(), cause);
  }
}
