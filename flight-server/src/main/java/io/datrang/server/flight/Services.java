package io.datrang.server.flight;

import io.datrang.server.flightsql.SqlService;
import io.datrang.server.query.ShimService;

/** What calls are handed to. */
public record Services(ShimService shim, SqlService sql) implements AutoCloseable {
  @Override
  public void close() {
    shim.close();
    sql.close();
  }
}
