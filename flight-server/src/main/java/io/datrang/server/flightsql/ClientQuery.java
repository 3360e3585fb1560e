package io.datrang.server.flightsql;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.datrang.index.Predicate;
import io.datrang.server.access.TableAccess;
import io.datrang.server.flightsql.SqlRefusedException.Reason;
import io.datrang.server.query.Answer;
import io.datrang.server.query.BatchPump;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.EngineQuery;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.request.Freshness;
import io.datrang.storage.LimitedEngine;
import io.datrang.storage.ScanPlan;
import io.datrang.storage.Snapshot;
import io.datrang.storage.Storage;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.Column;
import java.io.IOException;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One client statement over one snapshot, on its own engine connection that holds its views.
 *
 * <p>Belongs to one thread.
 */
final class ClientQuery implements AutoCloseable {
  /** How many columns of a table a query reads, where nobody has looked. */
  private static final int COLUMNS = 4;

  private final EngineQuery engine;

  /** The one engine of its own, or null. */
  private final LimitedEngine limited;

  private final StatementTables tables;
  private final String sql;
  private final long rows;
  private final boolean plain;

  private ClientQuery(
      EngineQuery engine,
      LimitedEngine limited,
      StatementTables tables,
      String sql,
      long rows,
      boolean plain) {
    this.limited = limited;
    this.plain = plain;
    this.engine = engine;
    this.tables = tables;
    this.sql = sql;
    this.rows = rows;
  }

  /**
   * Checks the statement and makes it ready to run.
   *
   * @throws SqlRefusedException when it is not run
   */
  static ClientQuery open(
      Storage storage,
      SnapshotChooser snapshots,
      TableLookup lookup,
      Freshness freshness,
      SqlService.Statement statement,
      Cancellation cancellation) {
    return open(
        storage,
        tree -> StatementTables.pin(tree, statement, snapshots, lookup, freshness, cancellation),
        lookup,
        statement,
        null,
        cancellation);
  }

  /** The same over one part of its table in a snapshot that was pinned before. */
  static ClientQuery open(
      Storage storage,
      Supplier<Snapshot> pinned,
      TableLookup lookup,
      SqlService.Statement statement,
      SqlService.Part part,
      Cancellation cancellation) {
    return open(
        storage,
        tree -> {
          if (!PlainScan.is(tree)) {
            throw new SqlRefusedException(Reason.INVALID, "the ticket is none of a statement");
          }
          return StatementTables.of(pinned.get(), statement, lookup);
        },
        lookup,
        statement,
        part,
        cancellation);
  }

  private static ClientQuery open(
      Storage storage,
      Function<ObjectNode, StatementTables> pin,
      TableLookup lookup,
      SqlService.Statement statement,
      SqlService.Part part,
      Cancellation cancellation) {
    LimitedEngine limited =
        statement.memoryBytesMax() == 0 ? null : storage.limited(statement.memoryBytesMax());
    var connection = limited == null ? storage.connect() : limited.connect();
    EngineQuery engine = new EngineQuery(connection, cancellation);
    StatementTables tables = null;
    try {
      ObjectNode tree = SqlTree.parse(connection, statement.sql());
      boolean plain = PlainScan.is(tree);
      tables = pin.apply(tree);
      StatementGuard guard = new StatementGuard(tables);
      guard.check(tree);
      Map<Long, TableAccess> access = access(statement, guard);
      lookup.checkPositions(tables.snapshot(), tables.freshness(), NamedTable.parts(guard.views()));
      long rows = 0;
      for (Map.Entry<NamedTable, String> view : guard.views().entrySet()) {
        NamedTable table = view.getKey();
        table.parts().forEach(lookup::readable);
        rows += table.parts().stream().mapToLong(TableSnapshot::rowCount).sum();
        plain &= table.parent() == null;
        engine.execute(view(table, columns(table, access), view.getValue(), part, limited));
      }
      KeptLimits.keep(connection, tree);
      return new ClientQuery(engine, limited, tables, SqlTree.text(connection, tree), rows, plain);
    } catch (RuntimeException e) {
      engine.close();
      if (limited != null) {
        limited.close();
      }
      if (tables != null) {
        tables.close();
      }
      throw cancellation.isCancelled() ? engine.failure(e) : e;
    }
  }

  /** Asked also when no table is read: the role must still be one that logs in. */
  private static Map<Long, TableAccess> access(
      SqlService.Statement statement, StatementGuard guard) {
    return statement
        .reader()
        .access(
            guard.views().keySet().stream()
                .filter(t -> t.parent() == null)
                .map(t -> t.parts().get(0).schema().tableId())
                .toList());
  }

  /** Columns that may not be read are not in the view: for the statement there are none. */
  private static List<String> columns(NamedTable table, Map<Long, TableAccess> access) {
    if (table.parent() != null) {
      return table.parent().columns();
    }
    TableSnapshot columnar = table.parts().get(0);
    return columns(columnar, access.get(columnar.schema().tableId()));
  }

  private static List<String> columns(TableSnapshot table, TableAccess access) {
    String name = table.schema().schemaName() + "." + table.schema().tableName();
    if (access == null || access.isRefused()) {
      throw new SqlRefusedException(
          Reason.DENIED, access == null ? "permission denied for table " + name : access.refusal());
    }
    List<String> columns =
        table.schema().columns().stream()
            .map(Column::name)
            .filter(access.columns()::contains)
            .toList();
    if (columns.isEmpty()) {
      throw new SqlRefusedException(Reason.DENIED, "permission denied for table " + name);
    }
    return columns;
  }

  private static List<ScanPlan> scans(TableSnapshot table, SqlService.Part part) {
    if (part == null) {
      return List.of(table.plan(new Predicate.Any()));
    }
    if (part.number() < 0 || part.number() >= part.of()) {
      throw new SqlRefusedException(Reason.INVALID, "the ticket is none of a statement");
    }
    // it may not divide into so many
    List<ScanPlan> all = table.divide(part.of());
    return part.number() < all.size() ? List.of(all.get(part.number())) : List.of();
  }

  private static String view(
      NamedTable table,
      List<String> columns,
      String name,
      SqlService.Part part,
      LimitedEngine limited) {
    String quoted = columns.stream().map(ClientQuery::quoted).collect(Collectors.joining(", "));
    List<ScanPlan> scans =
        table.parts().stream().flatMap(each -> scans(each, part).stream()).toList();
    boolean none = scans.isEmpty();
    if (none) {
      scans = scans(table.parts().get(0), null);
    }
    String relations =
        scans.stream()
            .map(scan -> limited == null ? scan.relation(columns) : scan.relation(columns, limited))
            .map(relation -> relation + " AS t(" + quoted + ")")
            .collect(Collectors.joining(" UNION ALL SELECT * FROM "));
    return "CREATE TEMP VIEW "
        + name
        + " AS SELECT * FROM "
        + relations
        + (none ? " WHERE false" : "");
  }

  /** Rows of the table if the statement's answer can be divided as the table can, or else 0. */
  long scannedRows() {
    return plain ? rows : 0;
  }

  Snapshot snapshot() {
    return tables.snapshot();
  }

  /** Runs it and sends the answer; returns the number of rows. */
  long run(List<Object> parameters, Answer answer, BufferAllocator allocator) {
    PreparedStatement statement = engine.prepare(sql);
    try {
      int wanted = statement.getParameterMetaData().getParameterCount();
      if (parameters.size() != wanted) {
        throw new SqlRefusedException(
            SqlRefusedException.Reason.INVALID,
            "the statement has " + wanted + " parameters, " + parameters.size() + " were given");
      }
    } catch (SQLException e) {
      throw engine.failure(e);
    }
    engine.bind(parameters);
    return new BatchPump(allocator, answer, null, (double) rows * COLUMNS).pump(engine);
  }

  /** What the answer looks like when the parameters are bound to these values. */
  Schema resultSchema(List<Object> parameters, BufferAllocator allocator) {
    List<String> names = new ArrayList<>();
    try {
      ResultSetMetaData columns = engine.prepare(sql).getMetaData();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        names.add(columns.getColumnName(i));
      }
    } catch (SQLException e) {
      throw engine.failure(e);
    } finally {
      engine.endStatement();
    }
    engine.prepare("SELECT * FROM (" + sql + ") LIMIT 0");
    engine.bind(parameters);
    return renamed(schema(allocator), names);
  }

  /** Types of the parameters, as far as the statement tells; text where it does not. */
  Schema parameterSchema(BufferAllocator allocator) {
    List<String> casts = new ArrayList<>();
    try {
      ParameterMetaData parameters = engine.prepare(sql).getParameterMetaData();
      for (int i = 1; i <= parameters.getParameterCount(); i++) {
        boolean known = parameters.getParameterType(i) != Types.OTHER;
        String type = known ? parameters.getParameterTypeName(i) : "VARCHAR";
        casts.add("CAST(NULL AS " + type + ") AS \"" + i + "\"");
      }
    } catch (SQLException e) {
      throw engine.failure(e);
    } finally {
      engine.endStatement();
    }
    if (casts.isEmpty()) {
      return new Schema(List.of());
    }
    engine.prepare("SELECT " + String.join(", ", casts) + " LIMIT 0");
    return inMilliseconds(schema(allocator));
  }

  private Schema schema(BufferAllocator allocator) {
    try {
      return engine.stream(allocator, 1).getVectorSchemaRoot().getSchema();
    } catch (IOException e) {
      throw engine.failure(e);
    } finally {
      engine.endStatement();
    }
  }

  /**
   * Arrow's JDBC driver puts milliseconds into parameters whatever unit they are announced with.
   * What arrives is read by its own unit, so other drivers lose nothing by sending finer ones.
   */
  private static Schema inMilliseconds(Schema schema) {
    List<Field> fields = new ArrayList<>();
    for (Field field : schema.getFields()) {
      ArrowType type = field.getType();
      if (type instanceof ArrowType.Timestamp timestamp) {
        type = new ArrowType.Timestamp(TimeUnit.MILLISECOND, timestamp.getTimezone());
      } else if (type instanceof ArrowType.Time) {
        type = new ArrowType.Time(TimeUnit.MILLISECOND, 32);
      }
      fields.add(new Field(field.getName(), FieldType.nullable(type), field.getChildren()));
    }
    return new Schema(fields);
  }

  private static Schema renamed(Schema schema, List<String> names) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Field field = schema.getFields().get(i);
      fields.add(new Field(names.get(i), FieldType.nullable(field.getType()), field.getChildren()));
    }
    return new Schema(fields);
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  @Override
  public void close() {
    try (tables;
        limited) {
      engine.close();
    }
  }
}
