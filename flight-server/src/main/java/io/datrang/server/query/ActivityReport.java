package io.datrang.server.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.vector.types.pojo.Schema;

/** The queries in progress as the wire contract has them. */
final class ActivityReport {
  static final Schema SCHEMA =
      ShimService.schema(
          "id", ShimService.TEXT,
          "kind", ShimService.TEXT,
          "user_name", ShimService.TEXT,
          "pid", ShimService.INT4,
          "started", ShimService.TEXT,
          "seconds", ShimService.FLOAT8,
          "phase", ShimService.TEXT,
          "rows", ShimService.INT8,
          "batches", ShimService.INT8,
          "query", ShimService.TEXT);

  private ActivityReport() {}

  static List<Object[]> rows(RunningQueries queries) {
    List<Object[]> rows = new ArrayList<>();
    for (RunningQuery query : queries.all()) {
      rows.add(
          new Object[] {
            query.id(),
            query.kind(),
            query.user(),
            query.backendPid() == null ? null : Integer.valueOf(query.backendPid()),
            query.started().toString(),
            query.age().toMillis() / 1000.0,
            query.cancellation().phase().name().toLowerCase(Locale.ROOT),
            query.rows().sum(),
            query.batches().sum(),
            query.text()
          });
    }
    return rows;
  }
}
