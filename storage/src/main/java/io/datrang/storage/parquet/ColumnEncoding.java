package io.datrang.storage.parquet;

import java.util.Locale;
import java.util.Map;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Encodings of a column's values, by the names that the option {@code encoding} has for them. */
public enum ColumnEncoding {
  PLAIN,
  /** Values by their number in a dictionary of the row group; delta where that does not pay. */
  DICTIONARY,
  /** Whole numbers by their differences, bytes by what they share with the value before. */
  DELTA,
  /** Texts behind all their lengths. */
  DELTA_LENGTH,
  /** The first bytes of all values, then their second bytes, and so on. */
  BYTE_STREAM_SPLIT;

  private static final Map<String, ColumnEncoding> NAMES =
      Map.of(
          "plain", PLAIN,
          "dictionary", DICTIONARY,
          "delta", DELTA,
          "delta_length", DELTA_LENGTH,
          "byte_stream_split", BYTE_STREAM_SPLIT);

  /** The one of that name; null for {@code auto}, and for what a newer version may have. */
  public static ColumnEncoding named(String name) {
    return NAMES.get(name.toLowerCase(Locale.ROOT));
  }

  /** Whether values of that kind can be encoded so. */
  boolean fits(PrimitiveTypeName type) {
    return switch (this) {
      case PLAIN -> true;
      case DICTIONARY -> type != PrimitiveTypeName.BOOLEAN;
      case DELTA ->
          switch (type) {
            case INT32, INT64, BINARY, FIXED_LEN_BYTE_ARRAY -> true;
            default -> false;
          };
      case DELTA_LENGTH -> type == PrimitiveTypeName.BINARY;
      case BYTE_STREAM_SPLIT ->
          switch (type) {
            case INT32, INT64, FLOAT, DOUBLE -> true; // the engine reads no others
            default -> false;
          };
    };
  }
}
