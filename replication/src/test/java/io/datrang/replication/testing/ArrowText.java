package io.datrang.replication.testing;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * A value as text that differs exactly when the value does: dates, times and timestamps as their
 * numbers, bytes as hex, lists and structs in brackets.
 */
public final class ArrowText {
  private ArrowText() {}

  /** Null for NULL. */
  public static String of(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector instanceof DateDayVector dates) {
      return Integer.toString(dates.get(row));
    }
    if (vector instanceof TimeStampVector timestamps) {
      return Long.toString(timestamps.get(row));
    }
    if (vector instanceof TimeMicroVector times) {
      return Long.toString(times.get(row));
    }
    if (vector instanceof VarBinaryVector bytes) {
      return HexFormat.of().formatHex(bytes.get(row));
    }
    if (vector instanceof StructVector struct) {
      List<String> parts = new ArrayList<>();
      struct.getChildrenFromFields().forEach(child -> parts.add(of(child, row)));
      return parts.toString();
    }
    if (vector instanceof ListVector list) {
      List<String> elements = new ArrayList<>();
      for (int i = list.getElementStartIndex(row); i < list.getElementEndIndex(row); i++) {
        String element = of((FieldVector) list.getDataVector(), i);
        elements.add(element == null ? "NULL" : "<" + element + ">");
      }
      return elements.toString();
    }
    return vector.getObject(row).toString();
  }
}
