package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Relation.JoinType;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.TranslatedSelect.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Translates what one SELECT reads from. For one SELECT. */
final class RelationTranslator {
  /** A table, and the conditions all of whose rows that matter satisfy. */
  private record Leaf(Relation.Table table, int scan, List<Expression> conditions) {}

  private final TableSchemas schemas;
  private final Scans scans;
  private final LevelTranslator nested;
  private final Scope outer;
  private final RelationScope scope;
  private final List<Leaf> leaves = new ArrayList<>();
  private boolean hasOuterJoin;

  /**
   * For one SELECT.
   *
   * @param outer columns of the SELECT around it, or null when there is none
   */
  RelationTranslator(TableSchemas schemas, Scans scans, LevelTranslator nested, Scope outer) {
    this.outer = outer;
    scope = new RelationScope(outer);
    this.schemas = schemas;
    this.scans = scans;
    this.nested = nested;
  }

  RelationScope scope() {
    return scope;
  }

  /**
   * The relation's SQL; the tables' columns it yields are those read by the end of the translation.
   */
  Statement translate(Relation relation, ExpressionTranslator expressions) {
    if (relation instanceof Relation.Table table) {
      return table(table);
    }
    if (relation instanceof Relation.Subselect subselect) {
      return subselect(subselect.select(), subselect.alias(), outer);
    }
    if (relation instanceof Relation.Lateral lateral) {
      return subselect(lateral.select(), lateral.alias(), scope);
    }
    if (relation instanceof Relation.SetOperation operation) {
      return setOperation(operation);
    }
    if (relation instanceof Relation.Values values) {
      SetTranslator.Rows rows = SetTranslator.values(values, expressions, "s" + values.alias());
      scope.addSubselect(values.alias(), rows.columns());
      return signed(values.alias(), rows.statement());
    }
    Relation.Join join = (Relation.Join) relation;
    int before = leaves.size();
    Statement left = translate(join.left(), expressions);
    int between = leaves.size();
    Statement right = translate(join.right(), expressions);
    Computed condition = expressions.filter(join.condition());
    JoinType type = join.type();
    hasOuterJoin |= type == JoinType.LEFT || type == JoinType.RIGHT || type == JoinType.FULL;
    if (type == JoinType.INNER || type == JoinType.RIGHT || type == JoinType.SEMI) {
      noteCondition(before, between, join.condition());
    }
    if (type != JoinType.RIGHT && type != JoinType.FULL) {
      noteCondition(between, leaves.size(), join.condition());
    }
    if (type == JoinType.SEMI || type == JoinType.ANTI) {
      scope.hide(aliases(join.right()));
    }
    if (type == JoinType.LEFT && join.right() instanceof Relation.Lateral lateral) {
      return leftLateral(left, right, condition, "s" + lateral.alias());
    }
    String keyword = " " + type + " JOIN ";
    return tables ->
        "(" + left.sql(tables) + keyword + right.sql(tables) + " ON " + condition.sql() + ")";
  }

  private Statement table(Relation.Table table) {
    scope.addTable(table.alias(), schemas.schema(table));
    int index = scans.reserve();
    leaves.add(new Leaf(table, index, new ArrayList<>()));
    return tables -> {
      StringBuilder names = new StringBuilder("c1");
      for (int i = 2; i <= scope.columns(table.alias()).size(); i++) {
        names.append(", c").append(i);
      }
      String name = "t" + table.alias();
      return scope.withSigns(
          table.alias(), tables.get(index) + " AS " + name + "(" + names + ")", name);
    };
  }

  /** The engine takes few conditions on such a join; they are the rows' own. */
  private static Statement leftLateral(
      Statement left, Statement right, Computed condition, String name) {
    return tables ->
        "("
            + left.sql(tables)
            + " LEFT JOIN LATERAL (SELECT * FROM "
            + right.sql(tables)
            + " WHERE "
            + condition.sql()
            + ") AS "
            + name
            + " ON true)";
  }

  /**
   * A nested SELECT.
   *
   * @param around the columns its expressions may name
   */
  private Statement subselect(Select select, int alias, Scope around) {
    String name = "s" + alias;
    int before = scans.count();
    LevelTranslator.Level level = nested.translate(select, name, around);
    scope.addSubselect(alias, level.columns());
    Statement rows = level.statement();
    if (select.isGrouped()) {
      Statement shared = scans.shared().find(select);
      if (shared != null) {
        scans.forget(before);
      }
      rows = shared != null ? shared : scans.shared().add(select, rows);
    }
    Statement statement = rows;
    return signed(alias, tables -> "(" + statement.sql(tables) + ") AS " + name);
  }

  /** With what later nested SELECTs ask for. */
  private Statement signed(int alias, Statement relation) {
    return tables -> scope.withSigns(alias, relation.sql(tables), "s" + alias);
  }

  private Statement setOperation(Relation.SetOperation operation) {
    String name = "s" + operation.alias();
    SetTranslator.Rows rows =
        SetTranslator.combine(
            operation,
            nested.translate(operation.left(), name, outer),
            nested.translate(operation.right(), name, outer),
            name);
    scope.addSubselect(operation.alias(), rows.columns());
    return signed(operation.alias(), rows.statement());
  }

  private void noteCondition(int from, int to, Expression condition) {
    for (Leaf leaf : leaves.subList(from, to)) {
      leaf.conditions().add(condition);
    }
  }

  /** All aliases below a relation. */
  private static List<Integer> aliases(Relation relation) {
    if (relation instanceof Relation.Table table) {
      return List.of(table.alias());
    }
    if (relation instanceof Relation.Subselect subselect) {
      return List.of(subselect.alias());
    }
    if (relation instanceof Relation.Lateral lateral) {
      return List.of(lateral.alias());
    }
    if (relation instanceof Relation.SetOperation operation) {
      return List.of(operation.alias());
    }
    if (relation instanceof Relation.Values values) {
      return List.of(values.alias());
    }
    Relation.Join join = (Relation.Join) relation;
    List<Integer> all = new ArrayList<>(aliases(join.left()));
    all.addAll(aliases(join.right()));
    return all;
  }

  /**
   * Says what is read of each table, when all is translated.
   *
   * <p>A condition above an outer join keeps the table's rows it is true for, and also those whose
   * partners would show as unmatched without them: there only what no row of nulls satisfies
   * prunes.
   */
  void finishScans(Expression where, PruningTranslator pruning) {
    Set<Integer> hidden = scope.revealAll();
    for (Leaf leaf : leaves) {
      int alias = leaf.table().alias();
      List<Expression> conditions = new ArrayList<>(leaf.conditions());
      if (where != null && !hidden.contains(alias)) {
        conditions.add(where);
      }
      Predicate predicate = pruning.translate(conditions, alias, hasOuterJoin);
      Predicate others = new LeftOutTranslator(pruning).translate(conditions);
      scans.set(
          leaf.scan(),
          new TableScan(leaf.table().tableId(), scope.columns(alias), predicate, others));
    }
  }
}
