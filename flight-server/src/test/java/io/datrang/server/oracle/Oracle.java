package io.datrang.server.oracle;

import io.datrang.server.PostgresZones;
import io.datrang.server.flight.ErrorTranslation;
import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.RunningQueries;
import io.datrang.server.query.ShimService;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.remote.RemoteConfig;
import io.datrang.server.remote.RemoteEngines;
import io.datrang.server.request.Request;
import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.testing.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** A private PostgreSQL and the sidecar's query path, side by side. */
final class Oracle implements AutoCloseable {
  /**
   * An answer's rows as texts, or the error's SQLSTATE and message.
   *
   * @param valueClass of the last column's vector
   */
  record Outcome(List<List<String>> rows, String error, Class<?> valueClass) {}

  final MemoryStorage storage = new MemoryStorage();
  private final PostgresCluster cluster;
  private final Connection postgres;
  private final ShimService service;

  Oracle() throws SQLException {
    cluster = cluster(System.getProperty("datrang.locale", "C.UTF-8"));
    postgres = cluster.connect();
    run("SET TimeZone = 'UTC'");
    run("SET extra_float_digits = 3");
    run("SET DateStyle = 'ISO'");
    service =
        new ShimService(
            storage,
            new PostgresZones(cluster::connect),
            new SemanticCatalogue(),
            new SnapshotChooser(storage),
            new TableLookup(id -> Optional.empty()),
            List::of,
            new RunningQueries(1, 1),
            Optional.empty(),
            RemoteEngines.open(RemoteConfig.NONE),
            "test");
  }

  /** {@code -Ddatrang.locale=icu:en-US} and the like run the tests under another locale. */
  private static PostgresCluster cluster(String locale) {
    PostgresCluster.Builder builder = PostgresCluster.builder();
    return locale.startsWith("icu:")
        ? builder.icuLocale(locale.substring(4)).start()
        : builder.locale(locale).start();
  }

  /** Runs a statement in PostgreSQL. */
  void run(String sql) throws SQLException {
    try (Statement statement = postgres.createStatement()) {
      statement.execute(sql);
    }
  }

  Outcome postgres(String sql) {
    try (Statement statement = postgres.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<List<String>> rows = new ArrayList<>();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
      return new Outcome(rows, null, null);
    } catch (SQLException e) {
      return new Outcome(
          null,
          e.getSQLState()
              + " "
              + e.getMessage().lines().findFirst().orElse("").replaceFirst("^ERROR: ", ""),
          null);
    }
  }

  /** Runs a SELECT of the shim. */
  Outcome sidecar(String select) {
    Collected collected = new Collected();
    try (BufferAllocator memory = storage.allocator().newChildAllocator("q", 0, Long.MAX_VALUE)) {
      Request request = Request.parse("(datrang 1 (query (eventual) " + select + "))");
      service.serve(request, collected, new Cancellation(), memory);
      return new Outcome(collected.rows, null, collected.valueClass);
    } catch (RuntimeException e) {
      FlightRuntimeException error = ErrorTranslation.translate(e);
      return new Outcome(
          null,
          error.status().metadata().get("datrang-sqlstate") + " " + error.status().description(),
          null);
    }
  }

  static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  @Override
  public void close() throws SQLException {
    postgres.close();
    cluster.close();
    storage.close();
  }

  private static final class Collected implements Answer {
    private final List<List<String>> rows = new ArrayList<>();
    private VectorSchemaRoot root;
    private Class<?> valueClass;

    @Override
    public void start(VectorSchemaRoot batches) {
      root = batches;
      List<FieldVector> vectors = batches.getFieldVectors();
      valueClass = vectors.isEmpty() ? null : vectors.get(vectors.size() - 1).getClass();
    }

    @Override
    public void send(String metadata) {
      for (int row = 0; row < root.getRowCount(); row++) {
        List<String> values = new ArrayList<>();
        for (FieldVector vector : root.getFieldVectors()) {
          values.add(ValueText.of(vector, row));
        }
        rows.add(values);
      }
    }
  }
}
