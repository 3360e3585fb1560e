package io.datrang.server.query;

import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;

/** Rows of the status view: one per table, and one with table id 0 for the sidecar itself. */
public interface StatusReport {
  /** The columns of {@link #rows}. */
  Schema SCHEMA =
      ShimService.schema(
          "table_id", ShimService.INT8,
          "rows", ShimService.INT8,
          "files", ShimService.INT8,
          "bytes", ShimService.INT8,
          "delta_rows", ShimService.INT8,
          "applied_lsn", ShimService.TEXT,
          "durable_lsn", ShimService.TEXT,
          "acknowledged_lsn", ShimService.TEXT,
          "lag_bytes", ShimService.INT8,
          "lag_seconds", ShimService.FLOAT8,
          "state", ShimService.TEXT,
          "progress", ShimService.TEXT,
          "error", ShimService.TEXT);

  List<Object[]> rows();
}
