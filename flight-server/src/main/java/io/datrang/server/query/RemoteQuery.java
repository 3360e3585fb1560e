package io.datrang.server.query;

import io.datrang.server.remote.Dialect;
import io.datrang.server.remote.NotRemoteException;
import io.datrang.server.remote.RemoteEngines;
import io.datrang.server.remote.RemoteGroups;
import io.datrang.server.remote.RemoteSelect;
import io.datrang.server.remote.RemoteTranslator;
import io.datrang.server.request.Freshness;
import io.datrang.server.request.Request;
import io.datrang.server.semantics.NumericRoute;
import io.datrang.server.semantics.SelectTranslator;
import io.datrang.server.semantics.TranslatedSelect;
import io.datrang.storage.Storage;
import io.datrang.storage.StoredTables;
import io.datrang.types.Lsn;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/**
 * A query whose groups a cluster has computed, of the files of one LSN. For one query.
 *
 * <p>Whatever goes wrong before its first batch is a {@link NotRemoteException}: the embedded
 * engine answers then, and its error is the one that counts.
 */
final class RemoteQuery implements AutoCloseable {
  private final EngineQuery engine;
  private final Dialect dialect;
  private final Lsn lsn;
  private final String statement;
  private final TranslatedSelect rest;
  private final long groups;

  private RemoteQuery(
      EngineQuery engine,
      Dialect dialect,
      Lsn lsn,
      String statement,
      TranslatedSelect rest,
      long groups) {
    this.engine = engine;
    this.dialect = dialect;
    this.lsn = lsn;
    this.statement = statement;
    this.rest = rest;
    this.groups = groups;
  }

  /**
   * Has the cluster compute the groups of what is stored, the query's snapshot included.
   *
   * @throws NotRemoteException when the embedded engine has to answer
   */
  static RemoteQuery run(
      Storage storage,
      RemoteEngines engines,
      SelectTranslator translator,
      PlannedSelect plan,
      Request.Query query,
      Cancellation cancellation) {
    Dialect dialect = dialect(engines, plan, query);
    RemoteSelect remote =
        new RemoteTranslator(dialect, engines.catalog(), plan::schema).translate(query.select());
    EngineQuery engine = null;
    try (StoredTables stored = storage.pinStored()) {
      String sql = remote.sql(schema -> stored.snapshotId(schema, remote.columns().get(schema)));
      cancellation.enter(Cancellation.Phase.EXECUTING);
      DuckDBConnection connection = storage.connect();
      engine = new EngineQuery(connection, cancellation);
      RemoteGroups groups = new RemoteGroups(connection, remote);
      long count = engines.run(dialect, sql, groups, cancellation::stopWith);
      TranslatedSelect rest =
          translator.translate(remote.rest(), table -> remote.groups(), NumericRoute.SURE);
      engine.take(rest.sql(List.of(groups.relation(rest.scans().get(0).columns()))));
      return new RemoteQuery(engine, dialect, stored.lsn(), sql, rest, count);
    } catch (SQLException | RuntimeException e) {
      close(engine);
      cancellation.throwIfCancelled();
      throw e instanceof NotRemoteException known
          ? known
          : new NotRemoteException(String.valueOf(e.getMessage()), e);
    } catch (Error e) {
      close(engine);
      throw e;
    }
  }

  private static void close(EngineQuery engine) {
    if (engine != null) {
      engine.close();
    }
  }

  private static Dialect dialect(RemoteEngines engines, PlannedSelect plan, Request.Query query) {
    String name = query.engine().name();
    Dialect dialect =
        Arrays.stream(Dialect.values())
            .filter(d -> d.word().equals(name) && engines.has(d))
            .findFirst()
            .orElseThrow(() -> new NotRemoteException("the sidecar knows no " + name));
    if (query.shared() != null) {
      throw new NotRemoteException("the statement reads its snapshot more than once");
    }
    if (query.own() != null) {
      throw new NotRemoteException("the transaction has written");
    }
    if (query.freshness() instanceof Freshness.Past) {
      throw new NotRemoteException("it reads a past state");
    }
    long rows = plan.rowCount();
    if (rows < query.engine().rowsMin()) {
      throw new NotRemoteException("its tables have " + rows + " rows only");
    }
    return dialect;
  }

  /** Sends the rows; returns their number. */
  long send(Answer answer, BufferAllocator allocator) {
    BatchPump pump = new BatchPump(allocator, answer, metadata(), groups);
    try {
      return rest.countOnly() ? pump.pumpCount(engine) : pump.pump(engine);
    } catch (QueryFailedException e) {
      if (pump.hasStarted()) {
        throw e;
      }
      throw new NotRemoteException(String.valueOf(e.getMessage()), e);
    }
  }

  private String metadata() {
    return "lsn="
        + lsn
        + " files=0 files_total=0 row_groups=0 row_groups_total=0 delta_rows=0 engine="
        + dialect.word();
  }

  /** Lines for people. */
  List<Object[]> explain() {
    return List.of(
        new Object[] {"Engine: " + dialect.word() + ", of the files at " + lsn},
        new Object[] {"Groups: " + groups},
        new Object[] {"Engine Statement: " + statement});
  }

  @Override
  public void close() {
    engine.close();
  }
}
