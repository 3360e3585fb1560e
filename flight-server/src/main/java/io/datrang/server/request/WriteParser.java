package io.datrang.server.request;

import io.datrang.replication.writes.Write;
import io.datrang.replication.writes.WriteTransaction;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.RowId;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;

/** Reads the requests that write to native tables. */
final class WriteParser {
  private WriteParser() {}

  static Request.Own own(Form form) {
    String session = form.string("session");
    long transaction = form.number("transaction");
    List<Long> chunks = new ArrayList<>();
    while (form.hasNext()) {
      chunks.add(form.number("chunk"));
    }
    return new Request.Own(session, transaction, chunks);
  }

  /**
   * @param block the rows
   */
  static Request.Upload write(Form body, byte[] block) {
    Form by = body.form("transaction");
    by.expectName("transaction");
    WriteTransaction transaction =
        new WriteTransaction(
            by.string("session"), by.number("transaction"), xid(by.string("transaction id")));
    by.end();
    long chunk = body.number("chunk");
    long tableId = body.number("table");
    int version = body.integer("version");
    long offset = body.number("offset");
    boolean last = last(body);
    boolean truncate = body.peekIs("truncate");
    if (truncate) {
      body.form("truncate").end();
    }
    int rows = 0;
    if (body.peekIs("rows")) {
      Form form = body.form("rows");
      rows = form.integer("number of rows");
      form.end();
    }
    long[] deletes = {};
    Lsn readAt = null;
    Lsn lockedAt = null;
    if (body.peekIs("deletes")) {
      Form form = body.form("deletes");
      readAt = lsn(form);
      lockedAt = lsn(form);
      deletes = numbers(form);
    }
    return new Request.Upload(
        new Write(
            transaction,
            chunk,
            tableId,
            version,
            truncate,
            offset,
            rows,
            block,
            deletes,
            readAt,
            lockedAt,
            last));
  }

  private static long xid(String text) {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidRequestException("\"" + text + "\" is no transaction id", e);
    }
  }

  private static boolean last(Form body) {
    return switch (body.word("more or last")) {
      case "more" -> false;
      case "last" -> true;
      default -> throw body.unknown("continuation");
    };
  }

  private static Lsn lsn(Form form) {
    try {
      return Lsn.parse(form.string("WAL position"));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private static long[] numbers(Form form) {
    List<Long> numbers = new ArrayList<>();
    while (form.hasNext()) {
      numbers.add(form.number("row id"));
    }
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  static Request.Declare declare(Form body) {
    long tableId = body.number("table");
    int version = body.integer("version");
    String schema = body.string("schema");
    String name = body.string("name");
    List<Column> columns = new ArrayList<>();
    while (body.hasNext()) {
      Form column = body.form("column");
      column.expectName("column");
      columns.add(
          new Column(
              column.integer("field id"),
              column.string("name"),
              type(column.form("type")),
              column.word("nullability").equals("required")));
      column.end();
    }
    return new Request.Declare(
        new TableSchema(tableId, schema, name, columns, List.of(RowId.FIELD_ID), version));
  }

  private static ColumnType type(Form form) {
    form.expectName("type");
    String name = form.string("name");
    int oid = (int) form.number("oid"); // an unsigned 32-bit number
    int typmod = form.integer("modifier");
    String kind = form.word("kind");
    int precision = form.integer("precision");
    int scale = form.integer("scale");
    ColumnType element = form.hasNext() ? type(form.form("element type")) : null;
    form.end();
    return ColumnType.described(name, oid, typmod, kind, precision, scale, element);
  }
}
