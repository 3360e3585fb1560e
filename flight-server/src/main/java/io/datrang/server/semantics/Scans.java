package io.datrang.server.semantics;

import java.util.ArrayList;
import java.util.List;

/** The tables one request reads, numbered as they are met. For one request. */
final class Scans {
  private final List<TableScan> scans = new ArrayList<>();

  /** A number for a table whose columns are not known yet. */
  int reserve() {
    scans.add(null);
    return scans.size() - 1;
  }

  void set(int number, TableScan scan) {
    scans.set(number, scan);
  }

  List<TableScan> all() {
    return List.copyOf(scans);
  }
}
