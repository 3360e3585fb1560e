package io.datrang.server.semantics;

import io.datrang.server.request.Likeness;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.TranslatedSelect.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Grouped SELECTs in FROM that occur more than once in a request, as a query in WITH does that is
 * named twice: the engine computes them once. For one request.
 */
final class SharedRows {
  private static final class Rows {
    private final Select select;
    private final String name;
    private final Statement statement;
    private boolean shared;

    Rows(Select select, String name, Statement statement) {
      this.select = select;
      this.name = name;
      this.statement = statement;
    }

    String sql(List<String> tables) {
      return shared ? "SELECT * FROM " + name : statement.sql(tables);
    }
  }

  private final List<Rows> all = new ArrayList<>();

  /**
   * What reads the SELECT's rows if another like it has been met, or null. Their columns have the
   * same names.
   */
  Statement find(Select select) {
    for (Rows each : all) {
      if (Likeness.of(each.select, select)) {
        each.shared = true;
        return each::sql;
      }
    }
    return null;
  }

  /** What reads the SELECT's rows, which are the first of their kind. */
  Statement add(Select select, Statement statement) {
    Rows rows = new Rows(select, "rows" + (all.size() + 1), statement);
    all.add(rows);
    return rows::sql;
  }

  /** Before the whole statement. */
  String with(List<String> tables) {
    List<Rows> shared = all.stream().filter(each -> each.shared).toList();
    return shared.isEmpty()
        ? ""
        : shared.stream()
            .map(each -> each.name + " AS MATERIALIZED (" + each.statement.sql(tables) + ")")
            .collect(Collectors.joining(", ", "WITH ", " "));
  }
}
