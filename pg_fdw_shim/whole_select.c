/*-------------------------------------------------------------------------
 *
 * whole_select.c
 *	  A query of a statement, and those within, as one SELECT.
 *
 * What PostgreSQL would not be sure to answer alike is refused, with a
 * reason: a relation that is not ours, rows locked, a construct the protocol
 * has no word for, an expression shippable.c refuses.
 *
 * A common table expression is written wherever it is named: nothing in it is
 * volatile, so its rows are the same each time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "option.h"
#include "parser/parse_agg.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "whole.h"

static bool write_relation(QueryLevel *level, Node *node, StringInfo out);

bool
whole_refuse(WholeQuery *whole, const char *reason)
{
	if (whole->reason == NULL)
		whole->reason = pstrdup(reason);
	return false;
}

static bool
refuse(QueryLevel *level, const char *reason)
{
	return whole_refuse(level->whole, reason);
}

int
whole_add_alias(QueryLevel *level)
{
	level->aliases = lappend_int(level->aliases, ++level->whole->last_alias);
	return level->whole->last_alias;
}

static int
alias_of(QueryLevel *level, int rti)
{
	return list_nth_int(level->aliases, rti - 1);
}

/* ------------------------------------------------------------------ */
/* Expressions														  */
/* ------------------------------------------------------------------ */

static void
deparse(QueryLevel *level, Node *expr, StringInfo out)
{
	DeparseContext cxt = {out, NULL, &level->whole->params, NIL, NULL, level};

	deparse_expr(&cxt, expr);
}

static bool
write_expr(QueryLevel *level, const ShipScope *scope, Node *expr,
		   StringInfo out)
{
	const char *reason = shippable_expr(scope, expr);

	if (reason != NULL)
		return refuse(level, reason);
	deparse(level, expr, out);
	return true;
}

/* The conjunction of conditions; true if there are none. */
static bool
write_condition(QueryLevel *level, const ShipScope *scope, Node *quals,
				StringInfo out)
{
	List	   *list = make_ands_implicit((Expr *) quals);
	ListCell   *lc;

	if (list == NIL)
	{
		appendStringInfoString(out, "(const \"bool\" \"t\")");
		return true;
	}
	if (list_length(list) == 1)
		return write_expr(level, scope, linitial(list), out);
	appendStringInfoString(out, "(and");
	foreach(lc, list)
	{
		appendStringInfoChar(out, ' ');
		if (!write_expr(level, scope, lfirst(lc), out))
			return false;
	}
	appendStringInfoChar(out, ')');
	return true;
}

static bool
write_condition_clause(QueryLevel *level, const ShipScope *scope,
					   const char *name, Node *quals, StringInfo out)
{
	if (quals == NULL)
		return true;
	appendStringInfo(out, " (%s ", name);
	if (!write_condition(level, scope, quals, out))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

static bool
write_outputs(QueryLevel *level, List *outputs, StringInfo out)
{
	ShipScope	scope = level->groups;
	ListCell   *lc;

	scope.certain |= level->whole->is_pulled_up;
	appendStringInfoString(out, "(output");
	foreach(lc, outputs)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		Node	   *expr = (Node *) tle->expr;
		const char *reason;

		if (tle->resjunk && !level->is_top)
			continue;
		reason = level->is_top ? shippable_output(&scope, expr) :
			shippable_expr(&scope, expr);
		/* A column has the length that its relation gave it. */
		if (reason == NULL && !IsA(expr, Var))
			reason = shippable_length(exprType(expr), exprTypmod(expr));
		if (reason != NULL)
			return refuse(level, reason);
		/* May be read and tested for null: subqueries have no such outputs. */
		if (level->is_top && IsA(expr, Var) &&
			shippable_expr(&level->groups, expr) != NULL)
			level->whole->as_text = bms_add_member(level->whole->as_text,
												   foreach_current_index(lc) + 1);
		appendStringInfoChar(out, ' ');
		deparse(level, expr, out);
	}
	appendStringInfoChar(out, ')');
	return true;
}

/* ------------------------------------------------------------------ */
/* Relations														  */
/* ------------------------------------------------------------------ */

static bool
write_table(QueryLevel *level, RangeTblEntry *rte, int rti, StringInfo out)
{
	WholeQuery *whole = level->whole;
	Oid			relid = whole_columnar(whole, rte);
	char	   *name;

	if (!OidIsValid(relid))
	{
		whole->is_mixed = true;
		return refuse(level, psprintf("%s is no columnar table",
									  get_rel_name(rte->relid)));
	}
	if (GetForeignServerIdByRelId(relid) != whole->serverid ||
		compat_check_as_user_of(level->query, rte) != whole->userid)
		return refuse(level, "tables are of several servers or users");
	if (rte->tablesample != NULL)
		return refuse(level, "TABLESAMPLE is not part of the protocol");
	if (rte->inh && rte->relkind != RELKIND_PARTITIONED_TABLE &&
		has_subclass(rte->relid))
		return refuse(level, "a table has children");
	if (rte->securityQuals != NIL)
		return refuse(level, "a security barrier must be passed first");
	option_append_table(out, relid, alias_of(level, rti));
	name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
	if (strcmp(rte->eref->aliasname, get_rel_name(relid)) != 0)
		name = psprintf("%s %s", name,
						quote_identifier(rte->eref->aliasname));
	whole->tables = lappend(whole->tables, name);
	return true;
}

static bool
write_subselect(QueryLevel *level, QueryLevel *outer, Query *query,
				const char *kind, int alias, StringInfo out)
{
	WholeQuery *whole = level->whole;
	bool		is_pulled_up = whole->is_pulled_up;
	bool		ok;

	appendStringInfo(out, "(%s ", kind);
	whole->is_pulled_up = is_pulled_up && whole_is_simple(query);
	ok = whole_select(whole, query, outer, false, query->targetList, out);
	whole->is_pulled_up = is_pulled_up;
	if (!ok)
		return false;
	appendStringInfo(out, " %d)", alias);
	return true;
}

static bool
write_values(QueryLevel *level, RangeTblEntry *rte, int alias, StringInfo out)
{
	ListCell   *lc;
	ListCell   *typmod;

	forboth(lc, rte->coltypes, typmod, rte->coltypmods)
	{
		const char *reason = shippable_length(lfirst_oid(lc),
											  lfirst_int(typmod));

		if (reason != NULL)
			return refuse(level, reason);
	}
	appendStringInfo(out, "(values %d", alias);
	foreach(lc, rte->values_lists)
	{
		ListCell   *cell;
		ListCell   *type = list_head(rte->coltypes);

		appendStringInfoString(out, " (row");
		foreach(cell, lfirst_node(List, lc))
		{
			Node	   *value = lfirst(cell);

			if (exprType(value) != lfirst_oid(type))
				return refuse(level, "a list of VALUES has several types");
			appendStringInfoChar(out, ' ');
			if (!write_expr(level, &level->rows, value, out))
				return false;
			type = lnext(rte->coltypes, type);
		}
		appendStringInfoChar(out, ')');
	}
	appendStringInfoChar(out, ')');
	return true;
}

static bool
write_cte(QueryLevel *level, RangeTblEntry *rte, int alias, StringInfo out)
{
	QueryLevel *home = level;
	Index		up;
	ListCell   *lc;

	for (up = rte->ctelevelsup; up > 0 && home != NULL; up--)
		home = home->outer;
	if (home == NULL)
		return refuse(level, "WITH is of another statement");
	foreach(lc, home->query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (strcmp(cte->ctename, rte->ctename) != 0)
			continue;
		if (cte->cterecursive)
			return refuse(level, "WITH RECURSIVE is not part of the protocol");
		return write_subselect(level, home, castNode(Query, cte->ctequery),
							   "subselect", alias, out);
	}
	return refuse(level, "WITH is of the statement around it");
}

static bool
write_entry(QueryLevel *level, int rti, StringInfo out)
{
	RangeTblEntry *rte = rt_fetch(rti, level->query->rtable);

	if (rte->security_barrier)
		return refuse(level, "a security barrier must be passed first");
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return write_table(level, rte, rti, out);
		case RTE_SUBQUERY:
			return write_subselect(level, level, rte->subquery,
								   rte->lateral ? "lateral" : "subselect",
								   alias_of(level, rti), out);
		case RTE_VALUES:
			return write_values(level, rte, alias_of(level, rti), out);
		case RTE_CTE:
			return write_cte(level, rte, alias_of(level, rti), out);
		case RTE_FUNCTION:
		case RTE_TABLEFUNC:
			return refuse(level, "a function in FROM is called in PostgreSQL");
		default:
			return refuse(level, "a relation is known to PostgreSQL only");
	}
}

static bool
write_join(QueryLevel *level, JoinExpr *join, StringInfo out)
{
	static const char *const names[] = {
		[JOIN_INNER] = "inner",
		[JOIN_LEFT] = "left",
		[JOIN_FULL] = "full",
		[JOIN_RIGHT] = "right"
	};

	appendStringInfo(out, "(join %s ", names[join->jointype]);
	if (!write_relation(level, join->larg, out))
		return false;
	appendStringInfoChar(out, ' ');
	if (!write_relation(level, join->rarg, out))
		return false;
	appendStringInfoChar(out, ' ');
	if (!write_condition(level, &level->rows, join->quals, out))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

static bool
write_relation(QueryLevel *level, Node *node, StringInfo out)
{
	if (IsA(node, RangeTblRef))
		return write_entry(level, ((RangeTblRef *) node)->rtindex, out);
	return write_join(level, castNode(JoinExpr, node), out);
}

/* The list as inner joins; what joins it is in WHERE. */
static bool
write_from(QueryLevel *level, List *list, StringInfo out)
{
	int			i;

	if (list == NIL)
		return true;
	appendStringInfoString(out, " (from ");
	for (i = 1; i < list_length(list); i++)
		appendStringInfoString(out, "(join inner ");
	for (i = 0; i < list_length(list); i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ' ');
		if (!write_relation(level, list_nth(list, i), out))
			return false;
		if (i > 0)
			appendStringInfoString(out, " (const \"bool\" \"t\"))");
	}
	appendStringInfoChar(out, ')');
	return true;
}

/* ------------------------------------------------------------------ */
/* Set operations													  */
/* ------------------------------------------------------------------ */

static const char *
refuse_column(QueryLevel *level, SetOperationStmt *op, int column,
			  SortGroupClause *clause)
{
	Oid			type = list_nth_oid(op->colTypes, column);
	const char *reason;

	reason = shippable_equality(&level->rows, type,
								list_nth_oid(op->colCollations, column),
								clause->eqop);
	if (reason == NULL && op->op != SETOP_UNION && type == NUMERICOID)
		reason = "numerics that are equal may look different";
	return reason;
}

static bool write_set_operation(QueryLevel *level, SetOperationStmt *op,
								int alias, StringInfo out);

/* One side, as a SELECT of the operation's types. */
static bool
write_side(QueryLevel *level, SetOperationStmt *op, Node *side,
		   StringInfo out)
{
	List	   *types;
	int			alias;
	int			i;

	if (IsA(side, RangeTblRef))
	{
		Query	   *query = rt_fetch(((RangeTblRef *) side)->rtindex,
									 level->query->rtable)->subquery;
		ListCell   *lc;

		i = 0;
		foreach(lc, query->targetList)
		{
			TargetEntry *tle = lfirst_node(TargetEntry, lc);

			if (!tle->resjunk && exprType((Node *) tle->expr) !=
				list_nth_oid(op->colTypes, i++))
				return refuse(level, "a set operation has several types");
		}
		return whole_select(level->whole, query, level, false,
							query->targetList, out);
	}
	types = castNode(SetOperationStmt, side)->colTypes;
	if (!equal(types, op->colTypes))
		return refuse(level, "a set operation has several types");
	alias = ++level->whole->last_alias;
	appendStringInfoString(out, "(select (output");
	for (i = 1; i <= list_length(types); i++)
		appendStringInfo(out, " (col %d \"%d\")", alias, i);
	appendStringInfoString(out, ") (from ");
	if (!write_set_operation(level, (SetOperationStmt *) side, alias, out))
		return false;
	appendStringInfoString(out, "))");
	return true;
}

static bool
write_set_operation(QueryLevel *level, SetOperationStmt *op, int alias,
					StringInfo out)
{
	static const char *const names[] = {
		[SETOP_UNION] = "union",
		[SETOP_INTERSECT] = "intersect",
		[SETOP_EXCEPT] = "except"
	};
	bool		union_all = op->op == SETOP_UNION && op->all;
	int			i;

	appendStringInfo(out, "(setop %s %s (collations", names[op->op],
					 op->all ? "all" : "distinct");
	for (i = 0; i < list_length(op->colTypes); i++)
	{
		const char *reason = union_all ? NULL :
			refuse_column(level, op, i, list_nth(op->groupClauses, i));

		if (reason == NULL)
			reason = shippable_length(list_nth_oid(op->colTypes, i),
									  list_nth_int(op->colTypmods, i));
		if (reason != NULL)
			return refuse(level, reason);
		appendStringInfo(out, " %s",
						 deparse_collation(list_nth_oid(op->colCollations, i)));
	}
	appendStringInfoString(out, ") ");
	if (!write_side(level, op, op->larg, out))
		return false;
	appendStringInfoChar(out, ' ');
	if (!write_side(level, op, op->rarg, out))
		return false;
	appendStringInfo(out, " %d)", alias);
	return true;
}

/* Its columns are named as the leftmost query's. */
static bool
write_from_set_operation(QueryLevel *level, StringInfo out)
{
	SetOperationStmt *op = castNode(SetOperationStmt,
									level->query->setOperations);
	Node	   *leftmost = op->larg;

	while (IsA(leftmost, SetOperationStmt))
		leftmost = ((SetOperationStmt *) leftmost)->larg;
	appendStringInfoString(out, " (from ");
	if (!write_set_operation(level, op,
							 alias_of(level, ((RangeTblRef *) leftmost)->rtindex),
							 out))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

/* ------------------------------------------------------------------ */
/* Groups															  */
/* ------------------------------------------------------------------ */

static bool
is_grouped(Query *query)
{
	return query->hasAggs || query->groupClause != NIL ||
		query->groupingSets != NIL || query->havingQual != NULL;
}

static bool
write_sets(QueryLevel *level, StringInfo out)
{
	Query	   *query = level->query;
	List	   *sets = expand_grouping_sets(query->groupingSets,
											query->groupDistinct, -1);
	ListCell   *lc;

	appendStringInfoString(out, " (groupingsets");
	foreach(lc, sets)
	{
		ListCell   *ref;

		appendStringInfoString(out, " (set");
		foreach(ref, (List *) lfirst(lc))
		{
			int			number = 1;
			ListCell   *key;

			foreach(key, query->groupClause)
			{
				if (lfirst_node(SortGroupClause, key)->tleSortGroupRef ==
					(Index) lfirst_int(ref))
					break;
				number++;
			}
			appendStringInfo(out, " %d", number);
		}
		appendStringInfoChar(out, ')');
	}
	appendStringInfoChar(out, ')');
	return true;
}

/* Makes the scope of what is above, and writes the clauses to *out. */
static bool
write_groups(QueryLevel *level, StringInfo out)
{
	Query	   *query = level->query;
	ListCell   *lc;

	level->groups = level->rows;
	if (!is_grouped(query))
		return true;
	appendStringInfoString(out, " (group");
	foreach(lc, query->groupClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Node	   *key = get_sortgroupclause_expr(clause, query->targetList);
		const char *reason = shippable_key(&level->rows, key, clause->eqop);

		if (reason == NULL && shippable_is_value(key) &&
			query->groupingSets != NIL)
			reason = "a key of grouping sets is constant";
		if (reason != NULL)
			return refuse(level, reason);
		appendStringInfoString(out, " (by ");
		deparse(level, key, out);
		appendStringInfo(out, " %s)", deparse_collation(exprCollation(key)));
		level->groups.keys = lappend(level->groups.keys, key);
	}
	appendStringInfoChar(out, ')');
	level->groups.grouped = true;
	if (query->groupingSets != NIL && !write_sets(level, out))
		return false;
	return write_condition_clause(level, &level->groups, "having",
								  query->havingQual, out);
}

/* ------------------------------------------------------------------ */
/* DISTINCT, ORDER BY, LIMIT										  */
/* ------------------------------------------------------------------ */

/* Whether values have a zero with a sign: float4, float8 and arrays of them. */
static bool
has_signed_zero(Node *expr)
{
	Oid			type = getBaseType(exprType(expr));
	Oid			element = get_element_type(type);

	if (OidIsValid(element))
		type = getBaseType(element);
	return type == FLOAT4OID || type == FLOAT8OID;
}

static bool
write_distinct(QueryLevel *level, List *outputs, StringInfo out)
{
	Query	   *query = level->query;
	List	   *targets = query->targetList;
	ListCell   *lc;

	if (query->distinctClause == NIL)
		return true;
	foreach(lc, query->distinctClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Node	   *expr = get_sortgroupclause_expr(clause, targets);
		const char *reason = shippable_is_value(expr) &&
			!OidIsValid(get_element_type(exprType(expr))) ? NULL :
			shippable_key(&level->groups, expr, clause->eqop);

		if (reason != NULL)
			return refuse(level, reason);
	}
	if (!query->hasDistinctOn)
	{
		appendStringInfoString(out, " (distinct");
		foreach(lc, outputs)
			if (!lfirst_node(TargetEntry, lc)->resjunk)
				appendStringInfo(out, " %s",
								 deparse_collation(exprCollation((Node *) lfirst_node(TargetEntry, lc)->expr)));
		appendStringInfoChar(out, ')');
		return true;
	}
	foreach(lc, outputs)
	{
		TargetEntry *output = lfirst_node(TargetEntry, lc);

		/* The engine's first row of a group has 0 for -0. */
		if (!output->resjunk && has_signed_zero((Node *) output->expr))
			return refuse(level, psprintf("DISTINCT ON would lose the sign of a zero of type %s",
										  format_type_be(exprType((Node *) output->expr))));
	}
	appendStringInfoString(out, " (distincton");
	foreach(lc, query->distinctClause)
	{
		Node	   *expr = get_sortgroupclause_expr(lfirst(lc), targets);

		if (shippable_is_value(expr))
			continue;
		appendStringInfoString(out, " (by ");
		deparse(level, expr, out);
		appendStringInfo(out, " %s)", deparse_collation(exprCollation(expr)));
	}
	appendStringInfoChar(out, ')');
	return true;
}

static bool
write_order(QueryLevel *level, StringInfo out)
{
	DeparseContext cxt = {out, NULL, &level->whole->params, NIL, NULL, level};
	const char *before = " (order ";
	ListCell   *lc;

	foreach(lc, level->query->sortClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Node	   *expr = get_sortgroupclause_expr(clause,
													level->query->targetList);
		const char *reason;

		if (shippable_is_value(expr))
			continue;
		reason = shippable_sort(&level->groups, expr, clause->sortop,
								exprCollation(expr));
		if (reason != NULL)
			return refuse(level, reason);
		appendStringInfoString(out, before);
		deparse_sort_key(&cxt, expr, clause->sortop, clause->nulls_first,
						 exprCollation(expr));
		before = " ";
	}
	if (before[1] == '\0')
		appendStringInfoChar(out, ')');
	return true;
}

static bool
write_rows(QueryLevel *level, const char *name, Node *rows, StringInfo out)
{
	if (rows == NULL || (IsA(rows, Const) && ((Const *) rows)->constisnull))
		return true;
	if (!shippable_is_value(rows))
		return refuse(level, "the number of rows is computed in PostgreSQL");
	appendStringInfo(out, " (%s ", name);
	deparse(level, rows, out);
	appendStringInfoChar(out, ')');
	return true;
}

/* ------------------------------------------------------------------ */
/* SELECT															  */
/* ------------------------------------------------------------------ */

static const char *
refuse_query(Query *query)
{
	if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
		return "the statement changes rows";
	if (query->rowMarks != NIL || query->hasForUpdate)
		return "the statement locks rows";
	if (query->hasRowSecurity)
		return "a row-level security policy is PostgreSQL's to apply";
	if (query->hasTargetSRFs)
		return "functions return sets";
	if (query->limitOption == LIMIT_OPTION_WITH_TIES)
		return "WITH TIES is not part of the protocol";
	return NULL;
}

bool
whole_select(WholeQuery *whole, Query *query, QueryLevel *outer, bool is_top,
			 List *outputs, StringInfo out)
{
	QueryLevel *level = palloc0(sizeof(QueryLevel));
	StringInfoData groups;
	const char *reason = refuse_query(query);
	int			i;

	if (reason != NULL)
		return whole_refuse(whole, reason);
	level->whole = whole;
	level->outer = outer;
	level->query = query;
	level->is_top = is_top;
	level->rows.announcement = whole->announcement;
	level->rows.level = level;
	level->rows.certain = outer != NULL && outer->around != NULL &&
		outer->around->certain;
	for (i = 0; i < list_length(query->rtable); i++)
		whole_add_alias(level);
	/* The scope of the outputs is known after the groups. */
	initStringInfo(&groups);
	if (!write_groups(level, &groups))
		return false;
	appendStringInfoString(out, "(select ");
	if (!write_outputs(level, outputs, out) ||
		!(query->setOperations == NULL ?
		  write_from(level, query->jointree->fromlist, out) :
		  write_from_set_operation(level, out)) ||
		!write_condition_clause(level, &level->rows, "where",
								query->jointree->quals, out))
		return false;
	appendStringInfoString(out, groups.data);
	if (!write_distinct(level, outputs, out) ||
		!write_order(level, out) ||
		!write_rows(level, "limit", query->limitCount, out) ||
		!write_rows(level, "offset", query->limitOffset, out))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}
