package io.datrang.server.query;

import io.datrang.server.functions.EngineFunctions;
import io.datrang.server.functions.ZoneLookup;
import io.datrang.server.remote.NotRemoteException;
import io.datrang.server.remote.RemoteEngines;
import io.datrang.server.request.Freshness;
import io.datrang.server.request.Request;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.ColumnUnavailableException;
import io.datrang.server.semantics.NumericRoute;
import io.datrang.server.semantics.SelectTranslator;
import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.server.semantics.TranslatedSelect;
import io.datrang.server.writes.WriteService;
import io.datrang.storage.FoundRows;
import io.datrang.storage.ReadOnlyException;
import io.datrang.storage.Snapshot;
import io.datrang.storage.Storage;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBConnection;

/** Serves the requests of the foreign data wrapper. Thread safe; one call per query thread. */
public final class ShimService implements AutoCloseable {
  static final ArrowType TEXT = ArrowType.Utf8.INSTANCE;
  static final ArrowType BOOL = ArrowType.Bool.INSTANCE;
  static final ArrowType INT8 = new ArrowType.Int(64, true);
  static final ArrowType INT4 = new ArrowType.Int(32, true);
  static final ArrowType FLOAT8 = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);

  private static final Schema HELLO = schema("kind", TEXT, "name", TEXT, "condition", TEXT);
  private static final Schema ESTIMATE =
      schema("rows", FLOAT8, "width", INT4, "total", FLOAT8, "bound", FLOAT8);
  private static final Schema CANCEL = schema("cancelled", INT4);
  private static final Schema EXPLAIN = schema("line", TEXT);
  private static final Schema WRITE = schema("head", TEXT, "with_rows", BOOL);

  /** Of a table that cannot be looked at now. */
  private static final Object[] UNKNOWN_ESTIMATE = {1000.0, RowWidth.UNKNOWN, 1000.0, 1000.0};

  private static final Schema WAIT = schema("lsn", TEXT);

  private final Storage storage;
  private final SelectTranslator translator;
  private final SnapshotChooser snapshots;
  private final StatementSnapshots statements = new StatementSnapshots();
  private final TableLookup tables;
  private final StatusReport status;
  private final RunningQueries queries;
  private final Optional<WriteService> writes;
  private final RemoteEngines engines;
  private final List<Object[]> hello;

  public ShimService(
      Storage storage,
      ZoneLookup zones,
      SemanticCatalogue catalogue,
      SnapshotChooser snapshots,
      TableLookup tables,
      StatusReport status,
      RunningQueries queries,
      Optional<WriteService> writes,
      RemoteEngines engines,
      String version) {
    this.storage = storage;
    try (DuckDBConnection connection = storage.connect()) {
      EngineFunctions.register(connection, zones);
    } catch (SQLException e) {
      throw new QueryFailedException(e);
    }
    this.translator = new SelectTranslator(catalogue);
    this.snapshots = snapshots;
    this.tables = tables;
    this.status = status;
    this.queries = queries;
    this.writes = writes;
    this.engines = engines;
    this.hello = hello(catalogue, version);
  }

  /**
   * Serves one request; returns when the answer has been handed out.
   *
   * @return number of rows sent
   */
  public long serve(
      Request request, Answer answer, Cancellation cancellation, BufferAllocator allocator) {
    if (request instanceof Request.Query query) {
      return query(query, answer, cancellation, allocator);
    }
    if (request instanceof Request.Estimate estimate) {
      return send(answer, allocator, ESTIMATE, List.<Object[]>of(estimate(estimate.select())));
    }
    if (request instanceof Request.Explain explain) {
      return send(answer, allocator, EXPLAIN, explain(explain.query(), cancellation, allocator));
    }
    if (request instanceof Request.Sample sample) {
      return sample(sample, answer, cancellation, allocator);
    }
    if (request instanceof Request.Upload upload) {
      return send(answer, allocator, WRITE, List.<Object[]>of(writes().write(upload.write())));
    }
    if (request instanceof Request.Declare declare) {
      writes().declare(declare);
      return send(answer, allocator, WRITE, List.of());
    }
    if (request instanceof Request.Wait wait) {
      return send(answer, allocator, WAIT, List.<Object[]>of(waitFor(wait, cancellation)));
    }
    if (request instanceof Request.Part) {
      throw new IllegalArgumentException("a part has no answer of its own");
    }
    Upkeep upkeep = new Upkeep(storage, tables, cancellation);
    if (request instanceof Request.Vacuum vacuum) {
      return send(answer, allocator, Upkeep.VACUUM, upkeep.vacuum(vacuum.tableId()));
    }
    if (request instanceof Request.Check check) {
      return send(answer, allocator, Upkeep.CHECK, upkeep.check(check.tableId()));
    }
    if (request instanceof Request.Reindex reindex) {
      return send(answer, allocator, Upkeep.REINDEX, upkeep.reindex(reindex.tableId()));
    }
    if (request instanceof Request.Snapshots snapshots) {
      return send(answer, allocator, Upkeep.SNAPSHOTS, upkeep.snapshots(snapshots.tableId()));
    }
    if (request instanceof Request.Activity) {
      return send(answer, allocator, ActivityReport.SCHEMA, ActivityReport.rows(queries));
    }
    if (request instanceof Request.Cancel cancel) {
      return send(answer, allocator, CANCEL, List.<Object[]>of(cancel(cancel.query())));
    }
    if (request instanceof Request.Hello) {
      return send(answer, allocator, HELLO, hello);
    }
    return send(answer, allocator, StatusReport.SCHEMA, status.rows());
  }

  /**
   * Answers a query of few rows that are all in memory: never waits, also not for PostgreSQL to say
   * why a table cannot be read.
   *
   * @return number of rows sent; empty when nothing was, because it needs more than that
   */
  public OptionalLong serveAtOnce(Request.Query query, Answer answer, BufferAllocator allocator) {
    if (query.shared() != null || query.engine() != null || query.own() != null) {
      return OptionalLong.empty();
    }
    Optional<Snapshot> committed = snapshots.pinNow(query.freshness());
    if (committed.isEmpty()) {
      return OptionalLong.empty();
    }
    try (Snapshot snapshot = seenBy(null, committed.get())) {
      TableLookup asked = tables.withoutStates();
      PlannedSelect plan =
          new PlannedSelect(translator, asked, snapshot, query.freshness(), query.select());
      Optional<FoundRows> found = plan.findKept(allocator);
      if (found.isEmpty()) {
        return OptionalLong.empty();
      }
      try (FoundRows rows = found.get()) {
        return OptionalLong.of(SmallAnswer.send(answer, rows.rows(), plan.metadata(rows)));
      }
    }
  }

  private static long send(
      Answer answer, BufferAllocator allocator, Schema schema, List<Object[]> rows) {
    SmallAnswer.send(answer, allocator, schema, rows);
    return rows.size();
  }

  private long query(
      Request.Query query, Answer answer, Cancellation cancellation, BufferAllocator allocator) {
    try (Snapshot snapshot = snapshot(query, cancellation)) {
      PlannedSelect plan =
          new PlannedSelect(translator, tables, snapshot, query.freshness(), query.select());
      if (query.engine() != null) {
        try (RemoteQuery remote = remote(plan, query, cancellation)) {
          return remote.send(answer, allocator);
        } catch (NotRemoteException e) {
          plan.embedded(e.getMessage());
        }
      }
      Optional<FoundRows> found = plan.find(allocator);
      if (found.isPresent()) {
        try (FoundRows rows = found.get()) {
          return SmallAnswer.send(answer, rows.rows(), plan.metadata(rows));
        }
      }
      plan.askIndex();
      // A first attempt may overflow where it was optimistic; then it is made again, more careful.
      NumericRoute route = plan.firstRoute();
      while (true) {
        BatchPump pump;
        try (EngineQuery engine = new EngineQuery(storage.connect(), cancellation)) {
          TranslatedSelect translated = plan.translate(route);
          engine.take(plan.sql(translated));
          pump = new BatchPump(allocator, answer, plan.metadata(), plan.values());
          try {
            return translated.countOnly() ? pump.pumpCount(engine) : pump.pump(engine);
          } catch (QueryFailedException e) {
            if (pump.hasStarted()
                || route == NumericRoute.SURE
                || !EngineMessage.isDecimalOverflow(e)) {
              throw e;
            }
          }
        }
        route = route.surer();
      }
    }
  }

  private RemoteQuery remote(PlannedSelect plan, Request.Query query, Cancellation cancellation) {
    return RemoteQuery.run(storage, engines, translator, plan, query, cancellation);
  }

  private Snapshot seen(Snapshot committed) {
    return writes.isEmpty() ? committed : writes.get().estimated(committed);
  }

  private WriteService writes() {
    return writes.orElseThrow(() -> new ReadOnlyException("take rows"));
  }

  private Snapshot snapshot(Request.Query query, Cancellation cancellation) {
    return seenBy(query.own(), committed(query, cancellation));
  }

  private Snapshot seenBy(Request.Own own, Snapshot committed) {
    try {
      return writes.isEmpty() ? committed : writes.get().seenBy(own, committed);
    } catch (RuntimeException e) {
      committed.close();
      throw e;
    }
  }

  private Snapshot committed(Request.Query query, Cancellation cancellation) {
    if (query.shared() == null) {
      return snapshots.pin(query.freshness(), cancellation);
    }
    return statements.acquire(query.shared(), () -> snapshots.pin(query.freshness(), cancellation));
  }

  /** Which of PostgreSQL's sessions may still read what they read before. */
  public void sessions(Set<String> busy, long askedNanos) {
    statements.release(busy, askedNanos);
  }

  /** Snapshots that statements share, of those that may have ended too. */
  public int keptSnapshots() {
    return statements.size();
  }

  /** Lets go of the snapshots that statements share. */
  @Override
  public void close() {
    statements.close();
  }

  private List<Object[]> explain(
      Request.Query query, Cancellation cancellation, BufferAllocator allocator) {
    long begun = System.nanoTime();
    try (Snapshot snapshot = snapshot(query, cancellation)) {
      long pinned = System.nanoTime();
      PlannedSelect plan =
          new PlannedSelect(translator, tables, snapshot, query.freshness(), query.select());
      if (query.engine() != null) {
        try (RemoteQuery remote = remote(plan, query, cancellation)) {
          return remote.explain();
        } catch (NotRemoteException e) {
          plan.embedded(e.getMessage());
        }
      }
      Optional<FoundRows> found = plan.find(allocator);
      if (found.isPresent()) {
        try (FoundRows rows = found.get()) {
          return List.of(
              new Object[] {"Read: " + plan.metadata(rows)},
              new Object[] {
                String.format(
                    Locale.ROOT,
                    "Time: snapshot %.3f ms, finding rows by page %.3f ms",
                    (pinned - begun) / 1e6,
                    (System.nanoTime() - pinned) / 1e6)
              });
        }
      }
      plan.askIndex();
      String sql = plan.sql(plan.translate(plan.firstRoute()));
      long planned = System.nanoTime();
      try (EngineQuery engine = new EngineQuery(storage.connect(), cancellation)) {
        EngineReport report = EngineReport.parse(engine.explain(sql));
        List<String> lines = new ArrayList<>();
        lines.add("Read: " + plan.metadata() + " bytes=" + report.bytesRead());
        lines.add(
            String.format(
                Locale.ROOT,
                "Time: snapshot %.3f ms, translation and index %.3f ms, engine's planning %.3f ms,"
                    + " engine's execution %.3f ms",
                (pinned - begun) / 1e6,
                (planned - pinned) / 1e6,
                report.planningMs(),
                report.executionMs()));
        lines.add("Engine Statement: " + sql);
        lines.addAll(report.plan());
        return lines.stream().map(line -> new Object[] {line}).toList();
      }
    }
  }

  private long sample(
      Request.Sample sample, Answer answer, Cancellation cancellation, BufferAllocator allocator) {
    try (Snapshot snapshot = seen(storage.pin());
        EngineQuery engine = new EngineQuery(storage.connect(), cancellation)) {
      PlannedSelect plan =
          new PlannedSelect(
              translator, tables, snapshot, new Freshness.Eventual(), sample.select());
      TranslatedSelect translated = plan.translate(NumericRoute.SURE);
      engine.take(
          "SELECT * FROM (%s) AS every USING SAMPLE reservoir(%d ROWS)"
              .formatted(plan.sql(translated), sample.rows()));
      String metadata = plan.metadata() + " total=" + plan.rowCount();
      return new BatchPump(allocator, answer, metadata, plan.values()).pump(engine);
    }
  }

  private Object[] estimate(Select select) {
    try (Snapshot snapshot = seen(storage.pin())) {
      return new PlannedSelect(translator, tables, snapshot, new Freshness.Eventual(), select)
          .estimate();
    } catch (TableUnavailableException | ColumnUnavailableException e) {
      return UNKNOWN_ESTIMATE; // the query itself waits for a later snapshot, or says what is wrong
    }
  }

  private Object[] waitFor(Request.Wait wait, Cancellation cancellation) {
    try (Snapshot snapshot =
        snapshots.pin(new Freshness.Latest(wait.lsn(), wait.timeout()), cancellation)) {
      return new Object[] {snapshot.lsn().toString()};
    }
  }

  private Object[] cancel(String id) {
    Optional<RunningQuery> query = queries.get(id);
    query.ifPresent(q -> q.cancellation().cancel("canceling statement due to user request"));
    return new Object[] {query.isPresent() ? 1 : 0};
  }

  private static List<Object[]> hello(SemanticCatalogue catalogue, String version) {
    List<Object[]> rows = new ArrayList<>();
    rows.add(new Object[] {"version", version, Integer.toString(Request.PROTOCOL_VERSION)});
    for (SemanticCatalogue.Announcement row : catalogue.announcements()) {
      rows.add(new Object[] {row.kind(), row.signature(), row.condition().announced()});
    }
    return rows;
  }

  static Schema schema(Object... namesAndTypes) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      fields.add(Field.nullable((String) namesAndTypes[i], (ArrowType) namesAndTypes[i + 1]));
    }
    return new Schema(fields);
  }
}
