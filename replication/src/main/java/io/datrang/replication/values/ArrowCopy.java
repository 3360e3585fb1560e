package io.datrang.replication.values;

import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Copies one value between vectors of the same type. Arrow's own {@code copyFromSafe} does not know
 * all element types of lists (timestamps with time zone are missing).
 */
public final class ArrowCopy {
  private ArrowCopy() {}

  public static void copy(FieldVector from, int fromRow, FieldVector to, int toRow) {
    if (to instanceof ListVector target) {
      copyList((ListVector) from, fromRow, target, toRow);
    } else if (to instanceof StructVector target) {
      copyStruct((StructVector) from, fromRow, target, toRow);
    } else {
      to.copyFromSafe(fromRow, toRow, from);
    }
  }

  private static void copyList(ListVector from, int fromRow, ListVector to, int toRow) {
    if (from.isNull(fromRow)) {
      to.setNull(toRow);
      return;
    }
    int start = from.getElementStartIndex(fromRow);
    int count = from.getElementEndIndex(fromRow) - start;
    int target = to.startNewValue(toRow);
    for (int i = 0; i < count; i++) {
      copy(
          (FieldVector) from.getDataVector(),
          start + i,
          (FieldVector) to.getDataVector(),
          target + i);
    }
    to.endValue(toRow, count);
  }

  private static void copyStruct(StructVector from, int fromRow, StructVector to, int toRow) {
    if (from.isNull(fromRow)) {
      to.setNull(toRow);
      return;
    }
    List<FieldVector> targets = to.getChildrenFromFields();
    for (int i = 0; i < targets.size(); i++) {
      copy(from.getChildrenFromFields().get(i), fromRow, targets.get(i), toRow);
    }
    to.setIndexDefined(toRow);
  }
}
