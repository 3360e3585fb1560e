package io.datrang.server.remote;

import io.datrang.server.request.Expression;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.TableSchemas;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes a grouped SELECT apart into what a cluster computes and the rest. For one SELECT. */
public final class RemoteTranslator {
  private static final Set<StorageKind> KINDS =
      Set.of(
          StorageKind.BOOL,
          StorageKind.INT2,
          StorageKind.INT4,
          StorageKind.INT8,
          StorageKind.DECIMAL,
          StorageKind.TEXT,
          StorageKind.BPCHAR,
          StorageKind.DATE);

  private final Dialect dialect;
  private final String catalog;
  private final TableSchemas schemas;
  private final Map<Integer, TableSchema> tables = new HashMap<>();
  private final Map<TableSchema, Set<String>> columns = new LinkedHashMap<>();
  private final RemoteExpressions expressions;

  /**
   * For one SELECT.
   *
   * @param catalog what the cluster calls the Iceberg catalog
   */
  public RemoteTranslator(Dialect dialect, String catalog, TableSchemas schemas) {
    this.dialect = dialect;
    this.catalog = catalog;
    this.schemas = schemas;
    this.expressions = new RemoteExpressions(dialect, this::column);
  }

  /**
   * Translates.
   *
   * @throws NotRemoteException when the cluster's answer might differ
   */
  public RemoteSelect translate(Select select) {
    if (!select.isGrouped() || select.from() == null) {
      throw new NotRemoteException("its rows are not grouped");
    }
    if (select.groupingSets() != null) {
      throw new NotRemoteException("it has grouping sets");
    }
    RemoteSelect.Statement from = relation(select.from());
    String where = select.where() == null ? "" : " WHERE " + expressions.of(select.where()).sql();
    RemoteLevel level = new RemoteLevel(expressions);
    List<String> keys = new ArrayList<>();
    for (Select.GroupKey key :
        select.group() == null ? List.<Select.GroupKey>of() : select.group()) {
      RemoteExpressions.checkCollation(key.collation(), false);
      keys.add(level.addKey(key.expression()));
    }
    Select rest = level.rest(select);
    List<String> outputs = level.values().stream().map(dialect::output).toList();
    String head = "SELECT " + String.join(", ", outputs) + " FROM ";
    String tail = where + (keys.isEmpty() ? "" : " GROUP BY " + String.join(", ", keys));
    return new RemoteSelect(ids -> head + from.sql(ids) + tail, level.groups(), rest, columns);
  }

  private RemoteSelect.Statement relation(Relation relation) {
    if (relation instanceof Relation.Table table) {
      TableSchema schema = schemas.schema(table);
      tables.put(table.alias(), schema);
      columns.putIfAbsent(schema, new LinkedHashSet<>());
      dialect.table(catalog, schema.schemaName(), schema.tableName(), 0); // is it possible?
      return ids ->
          dialect.table(catalog, schema.schemaName(), schema.tableName(), ids.applyAsLong(schema))
              + " AS t"
              + table.alias();
    }
    if (!(relation instanceof Relation.Join join)) {
      throw new NotRemoteException("it reads a " + relation.getClass().getSimpleName());
    }
    RemoteSelect.Statement left = relation(join.left());
    RemoteSelect.Statement right = relation(join.right());
    String keyword =
        switch (join.type()) {
          case INNER -> "JOIN";
          case LEFT -> "LEFT JOIN";
          case RIGHT -> "RIGHT JOIN";
          case FULL -> "FULL JOIN";
          case SEMI -> dialect.semiJoin(false);
          case ANTI -> dialect.semiJoin(true);
        };
    String condition = expressions.of(join.condition()).sql();
    return ids ->
        "(" + left.sql(ids) + " " + keyword + " " + right.sql(ids) + " ON " + condition + ")";
  }

  private RemoteValue column(Expression.ColumnReference reference) {
    TableSchema schema = tables.get(reference.alias());
    Column column = schema == null ? null : schema.column(reference.name()).orElse(null);
    if (column == null || !isExact(column.type())) {
      throw new NotRemoteException("column " + reference.name() + " is read here");
    }
    columns.get(schema).add(column.name());
    return new RemoteValue(
        "t" + reference.alias() + "." + dialect.name(column.name()),
        column.type().kind(),
        column.type().precision(),
        column.type().scale());
  }

  /** Kept as text are also numerics, enums and the like. */
  private static boolean isExact(ColumnType type) {
    return KINDS.contains(type.kind())
        && (type.kind() != StorageKind.TEXT
            || type.name().equals("text")
            || type.name().startsWith("character varying"));
  }
}
