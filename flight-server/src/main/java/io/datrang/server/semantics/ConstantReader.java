package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.types.StorageKind;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** Reads constants, which arrive as their type's text output, into Java values. */
final class ConstantReader {
  private ConstantReader() {}

  static Operand.Literal read(Expression.Constant constant) {
    String type = constant.type();
    boolean kept = TypeNames.isUserDefined(type) || TypeNames.isJson(type);
    StorageKind kind = kept ? StorageKind.TEXT : TypeNames.kind(type);
    if (kind == StorageKind.ARRAY) {
      return new Operand.Literal(type, kind, elements(constant, TypeNames.element(type)));
    }
    if (kind == null) {
      throw new InvalidRequestException("constants of type " + type + " are not understood");
    }
    return new Operand.Literal(type, kind, value(type, kind, constant.text()));
  }

  /**
   * The elements of an array constant, however many dimensions it has, or null when it is NULL.
   *
   * @param elementType the type its elements have
   */
  static List<Operand.Literal> elements(Expression.Constant array, String elementType) {
    if (array.text() == null) {
      return null;
    }
    List<Operand.Literal> elements = new ArrayList<>();
    for (String text : ArrayText.elements(array.text())) {
      elements.add(read(new Expression.Constant(elementType, text)));
    }
    return elements;
  }

  private static Object value(String type, StorageKind kind, String text) {
    if (text == null) {
      return null;
    }
    try {
      return switch (kind) {
        case BOOL -> bool(text);
        case INT2 -> (long) Short.parseShort(text);
        case INT4 -> (long) Integer.parseInt(text);
        case INT8 -> Long.parseLong(text);
        case FLOAT4 -> Float.parseFloat(text);
        case FLOAT8 -> Double.parseDouble(text);
        case DECIMAL -> NumericValue.parse(text);
        case TEXT -> text(text);
        case BPCHAR -> withoutTrailingBlanks(text(text));
        case BYTEA -> bytea(text);
        case DATE, TIMESTAMP, TIMESTAMPTZ -> TimestampValue.parse(text);
        case TIME -> TimestampValue.parse("1970-01-01 " + text).engineMicros().getAsLong();
        case UUID -> UUID.fromString(text);
        case INTERVAL -> IntervalValue.parse(text);
        case ARRAY -> throw new IllegalArgumentException("not a scalar");
      };
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new InvalidRequestException("not a constant of type " + type + ": \"" + text + "\"", e);
    }
  }

  private static Boolean bool(String text) {
    return switch (text) {
      case "t" -> true;
      case "f" -> false;
      default -> throw new IllegalArgumentException("neither t nor f");
    };
  }

  private static String text(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("text holds no NUL");
    }
    return text;
  }

  private static String withoutTrailingBlanks(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }

  private static byte[] bytea(String text) {
    if (!text.startsWith("\\x")) {
      throw new IllegalArgumentException("not in hex format");
    }
    return HexFormat.of().parseHex(text, 2, text.length());
  }
}
