package io.datrang.server;

import io.datrang.replication.ReplicationStatus;
import io.datrang.replication.TableReplication;
import io.datrang.server.query.StatusReport;
import io.datrang.storage.Storage;
import io.datrang.storage.TableStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What the view {@code datrang.status} shows of an open backend. */
record LiveStatus(Storage storage, Supplier<ReplicationStatus> replication)
    implements StatusReport {

  @Override
  public List<Object[]> rows() {
    ReplicationStatus now = replication.get();
    List<Object[]> rows = new ArrayList<>();
    rows.add(row(0, null, null, now.error(), now));
    for (TableReplication table : now.tables()) {
      TableStatus figures = storage.status(table.tableId()).orElse(null);
      String error = figures == null ? null : figures.error();
      rows.add(row(table.tableId(), figures, table, error, now));
    }
    return rows;
  }

  private static Object[] row(
      long id, TableStatus figures, TableReplication table, String error, ReplicationStatus now) {
    return new Object[] {
      id,
      figures == null ? null : (Object) figures.rows(),
      figures == null ? null : (Object) figures.files(),
      figures == null ? null : (Object) figures.bytes(),
      figures == null ? null : (Object) figures.deltaRows(),
      now.applied().toString(),
      now.durable().toString(),
      now.acknowledged().toString(),
      now.lagBytes(),
      now.lagSeconds(),
      table == null ? null : table.state(),
      progress(figures, table),
      error
    };
  }

  private static String progress(TableStatus figures, TableReplication table) {
    String copying = table == null ? null : table.progress();
    return copying == null && figures != null ? figures.work() : copying;
  }
}
