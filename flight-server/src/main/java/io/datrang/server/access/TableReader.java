package io.datrang.server.access;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** One role's view of the tables. */
@FunctionalInterface
public interface TableReader {
  /** What may be read now of each of these tables; one that is missing may not be read. */
  Map<Long, TableAccess> access(Collection<Long> tableIds);

  /**
   * Holds those of the names that are partitioned tables of PostgreSQL; the caller closes it.
   *
   * @param searchPath for names without schema
   */
  default HeldTables hold(Collection<HeldTables.Name> names, List<String> searchPath) {
    return HeldTables.none();
  }
}
