package io.datrang.server.request;

import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Whether two parts of a request are the same but for the numbers their relations go by. */
public final class Likeness {
  private final Map<Integer, Integer> numbers = new HashMap<>();
  private final Set<Integer> taken = new HashSet<>();
  private final Set<Integer> defined = new HashSet<>();

  private Likeness() {}

  /** False as well where one of them names relations around it. */
  public static boolean of(Select left, Select right) {
    Likeness likeness = new Likeness();
    return likeness.same(left, right) && likeness.defined.containsAll(likeness.numbers.keySet());
  }

  private boolean same(Object left, Object right) {
    if (left instanceof Record a && right instanceof Record b && a.getClass() == b.getClass()) {
      return sameRecords(a, b);
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      return a.size() == b.size() && sameElements(a, b);
    }
    return Objects.equals(left, right);
  }

  private boolean sameElements(List<?> left, List<?> right) {
    for (int i = 0; i < left.size(); i++) {
      if (!same(left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean sameRecords(Record left, Record right) {
    for (RecordComponent component : left.getClass().getRecordComponents()) {
      Object a = value(component, left);
      Object b = value(component, right);
      boolean number = component.getName().equals("alias");
      if (number ? !sameNumber((Integer) a, (Integer) b) : !same(a, b)) {
        return false;
      }
      if (number && !(left instanceof Expression.ColumnReference)) {
        defined.add((Integer) a);
      }
    }
    return true;
  }

  /** One number of the left side is always the same one of the right side, and no other is. */
  private boolean sameNumber(Integer left, Integer right) {
    Integer known = numbers.putIfAbsent(left, right);
    return known == null ? taken.add(right) : known.equals(right);
  }

  private static Object value(RecordComponent component, Record of) {
    try {
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
