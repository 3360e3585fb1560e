package io.datrang.server.remote;

import io.datrang.server.request.Expression.Constant;
import io.datrang.server.semantics.ArrayText;
import io.datrang.types.StorageKind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Constants in a cluster's SQL. */
final class RemoteConstants {
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");
  private static final String MIDNIGHT = " 00:00:00";

  private RemoteConstants() {}

  static RemoteValue of(Dialect dialect, String type, String text) {
    if (text == null) {
      throw new NotRemoteException("a constant that is NULL");
    }
    return switch (type) {
      case "bool" -> RemoteValue.bool(text.equals("t") ? "true" : "false");
      case "int2" -> RemoteValue.of(StorageKind.INT2, integer("INTEGER", text));
      case "int4" -> RemoteValue.of(StorageKind.INT4, integer("INTEGER", text));
      case "int8" -> RemoteValue.of(StorageKind.INT8, integer("BIGINT", text));
      case "numeric" -> decimal(text);
      case "text", "varchar" -> RemoteValue.of(StorageKind.TEXT, dialect.string(text));
      case "bpchar" ->
          RemoteValue.of(StorageKind.BPCHAR, dialect.string(text.replaceFirst(" +$", "")));
      case "date" -> date(text);
      default -> throw new NotRemoteException("a constant of type " + type);
    };
  }

  private static String integer(String type, String text) {
    return "CAST('" + Long.parseLong(text) + "' AS " + type + ")";
  }

  private static RemoteValue decimal(String text) {
    BigDecimal number;
    try {
      number = new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw new NotRemoteException("the constant " + text, e);
    }
    int precision = Math.max(number.precision(), number.scale() + 1);
    if (number.scale() < 0 || precision > RemoteValue.PRECISION_MAX) {
      throw new NotRemoteException("the constant " + text);
    }
    return RemoteValue.decimal(
        precision,
        number.scale(),
        "CAST('%s' AS DECIMAL(%d,%d))"
            .formatted(number.toPlainString(), precision, number.scale()));
  }

  private static RemoteValue date(String text) {
    if (!DATE.matcher(text).matches()) {
      throw new NotRemoteException("the date " + text);
    }
    return RemoteValue.of(StorageKind.DATE, "DATE '" + text + "'");
  }

  /** The date whose midnight it is: a date compares with both alike. */
  static Constant midnight(Constant timestamp) {
    String text = timestamp.text();
    if (text == null || !text.endsWith(MIDNIGHT)) {
      throw new NotRemoteException("the timestamp " + text);
    }
    return new Constant("date", text.substring(0, text.length() - MIDNIGHT.length()));
  }

  /** Of an array without NULL, which has some. */
  static List<RemoteValue> elements(Dialect dialect, Constant array) {
    if (array.text() == null) {
      throw new NotRemoteException("a list that is NULL");
    }
    String type = array.type().substring(0, array.type().length() - 2);
    List<RemoteValue> elements = new ArrayList<>();
    for (String text : ArrayText.elements(array.text())) {
      elements.add(of(dialect, type, text));
    }
    if (elements.isEmpty()) {
      throw new NotRemoteException("an empty list");
    }
    return elements;
  }
}
