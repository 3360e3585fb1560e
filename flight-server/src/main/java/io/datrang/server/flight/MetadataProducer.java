package io.datrang.server.flight;

import io.datrang.server.access.Session;
import io.datrang.server.flightsql.Metadata;
import io.datrang.server.flightsql.Metadata.VisibleTable;
import io.datrang.server.query.SmallAnswer;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.NoOpFlightSqlProducer;
import org.apache.arrow.flight.sql.SqlInfoBuilder;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetCatalogs;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetCrossReference;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetDbSchemas;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetExportedKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetImportedKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetPrimaryKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetSqlInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetTableTypes;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetTables;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetXdbcTypeInfo;
import org.apache.arrow.vector.types.pojo.Schema;

/** The part of Flight SQL that lists what there is. Thread safe. */
abstract class MetadataProducer extends NoOpFlightSqlProducer {
  private final StreamRunner streams;
  private final Callers callers;
  private final Function<Session, Metadata> metadata;
  private final SqlInfoBuilder sqlInfo;

  /**
   * @param metadata what a session may see
   */
  MetadataProducer(
      StreamRunner streams, Callers callers, Function<Session, Metadata> metadata, String version) {
    this.streams = streams;
    this.callers = callers;
    this.metadata = metadata;
    this.sqlInfo = ServerInfo.of(version);
  }

  @Override
  public FlightInfo getFlightInfoSqlInfo(
      CommandGetSqlInfo command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_SQL_INFO_SCHEMA, descriptor);
  }

  @Override
  public void getStreamSqlInfo(
      CommandGetSqlInfo command, CallContext context, ServerStreamListener listener) {
    callers.client(context);
    sqlInfo.send(command.getInfoList(), listener);
  }

  @Override
  public FlightInfo getFlightInfoTypeInfo(
      CommandGetXdbcTypeInfo command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_TYPE_INFO_SCHEMA, descriptor);
  }

  @Override
  public void getStreamTypeInfo(
      CommandGetXdbcTypeInfo command, CallContext context, ServerStreamListener listener) {
    list(
        Schemas.GET_TYPE_INFO_SCHEMA,
        m -> SqlTypes.rows(command.hasDataType() ? command.getDataType() : null),
        context,
        listener);
  }

  @Override
  public FlightInfo getFlightInfoCatalogs(
      CommandGetCatalogs command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_CATALOGS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamCatalogs(CallContext context, ServerStreamListener listener) {
    list(
        Schemas.GET_CATALOGS_SCHEMA,
        m -> List.<Object[]>of(new Object[] {Metadata.CATALOG}),
        context,
        listener);
  }

  @Override
  public FlightInfo getFlightInfoSchemas(
      CommandGetDbSchemas command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_SCHEMAS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamSchemas(
      CommandGetDbSchemas command, CallContext context, ServerStreamListener listener) {
    String catalog = command.hasCatalog() ? command.getCatalog() : null;
    String pattern = command.hasDbSchemaFilterPattern() ? command.getDbSchemaFilterPattern() : null;
    list(
        Schemas.GET_SCHEMAS_SCHEMA,
        m ->
            m.schemas(catalog, pattern).stream()
                .map(name -> new Object[] {Metadata.CATALOG, name})
                .toList(),
        context,
        listener);
  }

  @Override
  public FlightInfo getFlightInfoTables(
      CommandGetTables command, CallContext context, FlightDescriptor descriptor) {
    return listing(tablesSchema(command), descriptor);
  }

  @Override
  public void getStreamTables(
      CommandGetTables command, CallContext context, ServerStreamListener listener) {
    list(tablesSchema(command), m -> tableRows(m, command), context, listener);
  }

  private static Schema tablesSchema(CommandGetTables command) {
    return command.getIncludeSchema()
        ? Schemas.GET_TABLES_SCHEMA
        : Schemas.GET_TABLES_SCHEMA_NO_SCHEMA;
  }

  private static List<Object[]> tableRows(Metadata metadata, CommandGetTables command) {
    List<Object[]> rows = new ArrayList<>();
    for (VisibleTable visible :
        metadata.tables(
            command.hasCatalog() ? command.getCatalog() : null,
            command.hasDbSchemaFilterPattern() ? command.getDbSchemaFilterPattern() : null,
            command.hasTableNameFilterPattern() ? command.getTableNameFilterPattern() : null,
            command.getTableTypesList())) {
      TableSchema table = visible.schema();
      String schema = table.schemaName();
      rows.add(
          command.getIncludeSchema()
              ? new Object[] {
                Metadata.CATALOG,
                schema,
                table.tableName(),
                Metadata.TABLE,
                SqlTypes.schema(visible)
              }
              : new Object[] {Metadata.CATALOG, schema, table.tableName(), Metadata.TABLE});
    }
    return rows;
  }

  @Override
  public FlightInfo getFlightInfoTableTypes(
      CommandGetTableTypes command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_TABLE_TYPES_SCHEMA, descriptor);
  }

  @Override
  public void getStreamTableTypes(CallContext context, ServerStreamListener listener) {
    list(
        Schemas.GET_TABLE_TYPES_SCHEMA,
        m -> List.<Object[]>of(new Object[] {Metadata.TABLE}),
        context,
        listener);
  }

  @Override
  public FlightInfo getFlightInfoPrimaryKeys(
      CommandGetPrimaryKeys command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_PRIMARY_KEYS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamPrimaryKeys(
      CommandGetPrimaryKeys command, CallContext context, ServerStreamListener listener) {
    String catalog = command.hasCatalog() ? command.getCatalog() : null;
    String schema = command.hasDbSchema() ? command.getDbSchema() : null;
    list(
        Schemas.GET_PRIMARY_KEYS_SCHEMA,
        m ->
            m.primaryKeys(catalog, schema, command.getTable()).stream()
                .map(
                    key ->
                        new Object[] {
                          Metadata.CATALOG,
                          key.table().schemaName(),
                          key.table().tableName(),
                          key.name(),
                          key.position(),
                          null
                        })
                .toList(),
        context,
        listener);
  }

  // There are no foreign keys among columnar tables.

  @Override
  public FlightInfo getFlightInfoExportedKeys(
      CommandGetExportedKeys command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_EXPORTED_KEYS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamExportedKeys(
      CommandGetExportedKeys command, CallContext context, ServerStreamListener listener) {
    list(Schemas.GET_EXPORTED_KEYS_SCHEMA, m -> List.of(), context, listener);
  }

  @Override
  public FlightInfo getFlightInfoImportedKeys(
      CommandGetImportedKeys command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_IMPORTED_KEYS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamImportedKeys(
      CommandGetImportedKeys command, CallContext context, ServerStreamListener listener) {
    list(Schemas.GET_IMPORTED_KEYS_SCHEMA, m -> List.of(), context, listener);
  }

  @Override
  public FlightInfo getFlightInfoCrossReference(
      CommandGetCrossReference command, CallContext context, FlightDescriptor descriptor) {
    return listing(Schemas.GET_CROSS_REFERENCE_SCHEMA, descriptor);
  }

  @Override
  public void getStreamCrossReference(
      CommandGetCrossReference command, CallContext context, ServerStreamListener listener) {
    list(Schemas.GET_CROSS_REFERENCE_SCHEMA, m -> List.of(), context, listener);
  }

  private void list(
      Schema schema,
      Function<Metadata, List<Object[]>> rows,
      CallContext context,
      ServerStreamListener listener) {
    Session session = callers.client(context);
    streams.start(
        new StreamRunner.Work("metadata", null, session, "metadata"),
        context,
        listener,
        (answer, cancellation, memory) -> {
          List<Object[]> all = rows.apply(metadata.apply(session));
          SmallAnswer.send(answer, memory, schema, all);
          return all.size();
        });
  }

  /** The descriptor's command is the ticket. */
  private static FlightInfo listing(Schema schema, FlightDescriptor descriptor) {
    return flightInfo(List.of(descriptor.getCommand()), schema, descriptor);
  }

  /** Endpoints without locations: the streams are fetched over the same connection. */
  static FlightInfo flightInfo(List<byte[]> tickets, Schema schema, FlightDescriptor descriptor) {
    return new FlightInfo(
        schema,
        descriptor,
        tickets.stream().map(ticket -> new FlightEndpoint(new Ticket(ticket))).toList(),
        -1,
        -1);
  }
}
