package io.datrang.replication.writes;

/** PostgreSQL cannot say now what a table looks like; the same write may succeed soon. */
public final class DefinitionUnavailableException extends RuntimeException {
  DefinitionUnavailableException(long tableId, Throwable cause) {
    super(
        "the sidecar cannot ask PostgreSQL what native table "
            + tableId
            + " looks like: "
            + cause.getMessage(),
        cause);
  }
}
