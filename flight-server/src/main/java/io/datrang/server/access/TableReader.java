package io.datrang.server.access;

import java.util.Collection;
import java.util.Map;

/** One role's view of the tables. */
@FunctionalInterface
public interface TableReader {
  /** What may be read now of each of these tables; one that is missing may not be read. */
  Map<Long, TableAccess> access(Collection<Long> tableIds);
}
