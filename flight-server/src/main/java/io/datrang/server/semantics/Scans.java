package io.datrang.server.semantics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/** The tables one request reads, numbered as they are met. For one request. */
final class Scans {
  private final List<TableScan> scans = new ArrayList<>();
  private final List<String> placeholders = new ArrayList<>();
  private final String mark = "scan_" + UUID.randomUUID().toString().replace("-", "") + "_";
  private final SharedRows shared = new SharedRows(mark);
  private int levels;
  private boolean mayFail;

  /** A number for a table whose columns are not known yet. */
  int reserve() {
    scans.add(null);
    placeholders.add(mark + placeholders.size() + "_");
    return scans.size() - 1;
  }

  int count() {
    return scans.size();
  }

  /** Takes back what was reserved last: all but the first so many. */
  void forget(int count) {
    scans.subList(count, scans.size()).clear();
    placeholders.subList(count, placeholders.size()).clear();
  }

  SharedRows shared() {
    return shared;
  }

  void set(int number, TableScan scan) {
    scans.set(number, scan);
  }

  /** What stands for the tables' relations in SQL that is made before they are known. */
  List<String> placeholders() {
    return Collections.unmodifiableList(placeholders);
  }

  /** The SQL with relations where placeholders were. */
  String fill(String sql, List<String> relations) {
    if (!sql.contains(mark)) {
      return sql;
    }
    String filled = sql;
    for (int i = 0; i < placeholders.size(); i++) {
      filled = filled.replace(placeholders.get(i), relations.get(i));
    }
    return filled;
  }

  /** A number that no other level of the request has. */
  int nextLevel() {
    return ++levels;
  }

  /** Something in the request may raise an error for some rows. */
  void noteFailing() {
    mayFail = true;
  }

  boolean mayFail() {
    return mayFail;
  }

  List<TableScan> all() {
    return List.copyOf(scans);
  }
}
