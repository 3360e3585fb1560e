package io.datrang.server.semantics;

import io.datrang.server.request.Likeness;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.TranslatedSelect.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Nested SELECTs that name nothing around them and occur more than once in the engine's statement:
 * the engine computes them once. For one request.
 *
 * <p>They are grouped SELECTs in FROM that are like another, as a query in WITH is that is named
 * twice, and those whose rows an expression has to name several times.
 */
final class SharedRows {
  /** Every SELECT comes after those within it. */
  private final class Rows {
    private final Select select;
    private final String name = "rows" + (all.size() + 1);
    private final Statement statement;
    private boolean shared;

    Rows(Select select, Statement statement) {
      this.select = select;
      this.statement = statement;
    }

    String sql(List<String> tables) {
      return shared ? "SELECT * FROM " + name : statement.sql(tables);
    }
  }

  private final List<Rows> all = new ArrayList<>();
  private final String mark;

  /**
   * For one request.
   *
   * @param mark what occurs in no other SQL
   */
  SharedRows(String mark) {
    this.mark = mark;
  }

  /**
   * What reads the SELECT's rows if another like it has been met, or null. Their columns have the
   * same names.
   */
  Statement find(Select select) {
    for (Rows each : all) {
      if (each.select != null && Likeness.of(each.select, select)) {
        each.shared = true;
        return each::sql;
      }
    }
    return null;
  }

  /** What reads the SELECT's rows, which are the first of their kind. */
  Statement add(Select select, Statement statement) {
    Rows rows = new Rows(select, statement);
    all.add(rows);
    return rows::sql;
  }

  /** A relation of these rows, to be named in SQL as often as needed. */
  String relation(Statement statement) {
    Rows rows = new Rows(null, statement);
    all.add(rows);
    return mark(rows);
  }

  private String mark(Rows rows) {
    return mark + rows.name + "_";
  }

  /** The statement with the rows it names. */
  String complete(String statement, List<String> tables) {
    String rest = statement;
    Deque<String> with = new ArrayDeque<>();
    for (int i = all.size() - 1; i >= 0; i--) {
      Rows rows = all.get(i);
      String found = String.join(", ", with) + rest;
      int first = found.indexOf(mark(rows));
      boolean often = first >= 0 && found.indexOf(mark(rows), first + 1) >= 0;
      if (first >= 0) {
        String relation = often ? rows.name : "(" + rows.statement.sql(tables) + ")";
        rest = rest.replace(mark(rows), relation);
        with =
            with.stream()
                .map(each -> each.replace(mark(rows), relation))
                .collect(Collectors.toCollection(ArrayDeque::new));
      }
      if (rows.shared || often) {
        with.addFirst(rows.name + " AS MATERIALIZED (" + rows.statement.sql(tables) + ")");
      }
    }
    return with.isEmpty() ? rest : "WITH " + String.join(", ", with) + " " + rest;
  }
}
