package io.datrang.server.access;

import java.util.Set;

/**
 * What a role may read of a table.
 *
 * @param refusal why it may read nothing, or null
 * @param columns those it may read; empty exactly when refused
 */
public record TableAccess(String refusal, Set<String> columns) {
  public TableAccess {
    columns = Set.copyOf(columns);
    if ((refusal == null) == columns.isEmpty()) {
      throw new IllegalArgumentException("either refused or with columns");
    }
  }

  public static TableAccess refused(String why) {
    return new TableAccess(why, Set.of());
  }

  public static TableAccess to(Set<String> columns) {
    return new TableAccess(null, columns);
  }

  public boolean isRefused() {
    return refusal != null;
  }
}
