package io.datrang.server.flight;

import io.datrang.server.flightsql.Metadata.VisibleTable;
import io.datrang.storage.TypeMapping;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.sql.FlightSqlColumnMetadata;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Types and columns as Flight SQL's metadata has them. */
final class SqlTypes {
  private static final int NULLABLE = 1;
  private static final int SEARCHABLE = 3;

  private record SqlType(String name, int type, int size, String quote, Integer radix) {}

  private static final List<SqlType> ALL =
      List.of(
          new SqlType("BOOLEAN", Types.BOOLEAN, 1, null, null),
          new SqlType("SMALLINT", Types.SMALLINT, 5, null, 10),
          new SqlType("INTEGER", Types.INTEGER, 10, null, 10),
          new SqlType("BIGINT", Types.BIGINT, 19, null, 10),
          new SqlType("FLOAT", Types.REAL, 24, null, 2),
          new SqlType("DOUBLE", Types.DOUBLE, 53, null, 2),
          new SqlType("DECIMAL", Types.DECIMAL, 38, null, 10),
          new SqlType("VARCHAR", Types.VARCHAR, Integer.MAX_VALUE, "'", null),
          new SqlType("BLOB", Types.VARBINARY, Integer.MAX_VALUE, "'", null),
          new SqlType("DATE", Types.DATE, 13, "'", null),
          new SqlType("TIME", Types.TIME, 15, "'", null),
          new SqlType("TIMESTAMP", Types.TIMESTAMP, 29, "'", null),
          new SqlType("TIMESTAMPTZ", Types.TIMESTAMP_WITH_TIMEZONE, 32, "'", null));

  private SqlTypes() {}

  /**
   * Rows of the type listing.
   *
   * @param dataType JDBC's number of the wanted type; null for all
   */
  static List<Object[]> rows(Integer dataType) {
    List<Object[]> rows = new ArrayList<>();
    for (SqlType type : ALL) {
      if (dataType == null || dataType == type.type) {
        boolean text = type.type == Types.VARCHAR;
        boolean decimal = type.type == Types.DECIMAL;
        rows.add(
            new Object[] {
              type.name,
              type.type,
              type.size,
              type.quote,
              type.quote,
              null,
              NULLABLE,
              text,
              SEARCHABLE,
              type.radix == null ? null : (Object) false,
              decimal,
              null,
              type.name,
              decimal ? (Object) 0 : null,
              decimal ? (Object) 38 : null,
              type.type,
              null,
              type.radix,
              null
            });
      }
    }
    return rows;
  }

  /** The serialised Arrow schema of a table, its fields with Flight SQL's column metadata. */
  static byte[] schema(VisibleTable table) {
    return new Schema(table.columns().stream().map(c -> field(table.schema(), c)).toList())
        .serializeAsMessage();
  }

  private static Field field(TableSchema table, Column column) {
    FlightSqlColumnMetadata.Builder metadata =
        new FlightSqlColumnMetadata.Builder()
            .catalogName(io.datrang.server.flightsql.Metadata.CATALOG)
            .schemaName(table.schemaName())
            .tableName(table.tableName())
            .typeName(TypeMapping.engine(column.type()))
            .isAutoIncrement(false)
            .isCaseSensitive(true)
            .isReadOnly(true)
            .isSearchable(true);
    if (column.type().precision() > 0) {
      metadata.precision(column.type().precision()).scale(column.type().scale());
    }
    Field plain = TypeMapping.field(column);
    return new Field(
        column.name(),
        new FieldType(!column.notNull(), plain.getType(), null, metadata.build().getMetadataMap()),
        plain.getChildren());
  }
}
