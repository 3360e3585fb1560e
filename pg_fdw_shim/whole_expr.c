/*-------------------------------------------------------------------------
 *
 * whole_expr.c
 *	  Parts of expressions that exist in whole statements only: columns of
 *	  outer queries, subqueries, window functions, GROUPING.
 *
 * A scalar subquery that may have several rows is the sidecar's to check, as
 * is x IN (SELECT ..), whose condition names the subquery's columns as those
 * of a relation of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "accelerate.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "option.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "whole.h"

typedef struct ConstructText
{
	Node	   *node;
	char	   *text;
} ConstructText;

static QueryLevel *
level_of(QueryLevel *level, Var *var)
{
	Index		up;

	for (up = var->varlevelsup; up > 0 && level != NULL; up--)
		level = level->outer;
	return level;
}

/* ------------------------------------------------------------------ */
/* Columns															  */
/* ------------------------------------------------------------------ */

const char *
whole_column(QueryLevel *level, Var *var, bool value_matters)
{
	QueryLevel *home = level_of(level, var);
	RangeTblEntry *rte;
	Oid			relid;

	if (home == NULL)
		return "it refers to another query";
	rte = rt_fetch(var->varno, home->query->rtable);
	if (home != level && home->around != NULL && home->around->grouped)
	{
		Var		   *key = copyObject(var);

		key->varlevelsup = 0;
		if (!list_member(home->around->keys, key))
			return "it refers to a column that is not grouped by";
	}
	if (var->varattno == 0)
		return "whole rows are put together in PostgreSQL";
	if (var->varattno < 0)
		return "system columns exist in PostgreSQL only";
	if (rte->rtekind != RTE_RELATION)
		return value_matters && bms_is_member(var->varattno, home->as_text) ?
			psprintf("column %s is kept as text",
					 get_rte_attribute_name(rte, var->varattno)) : NULL;
	relid = whole_columnar(home->whole, rte);
	if (!OidIsValid(relid))
	{
		home->whole->is_mixed = true;
		return "a table is no columnar table";
	}
	if (relid != rte->relid)
		return accelerate_column(relid, rte->relid, var->varattno) != 0 ?
			NULL : psprintf("column %s is another one in its mirror",
							get_attname(rte->relid, var->varattno, false));
	if (value_matters && option_column_as_text(relid, var->varattno))
		return psprintf("column %s is kept as text",
						get_attname(relid, var->varattno, false));
	return NULL;
}

bool
whole_is_table_column(QueryLevel *level, Var *var)
{
	QueryLevel *home = level_of(level, var);

	return home != NULL &&
		rt_fetch(var->varno, home->query->rtable)->rtekind == RTE_RELATION;
}

/* Its name in the columnar table. */
static char *
column_name(QueryLevel *level, RangeTblEntry *rte, AttrNumber attnum)
{
	Oid			relid = whole_columnar(level->whole, rte);

	return option_column_name(relid, relid == rte->relid ? attnum :
							  accelerate_column(relid, rte->relid, attnum));
}

void
whole_deparse_column(DeparseContext *cxt, Var *var)
{
	QueryLevel *level = level_of(cxt->level, var);
	RangeTblEntry *rte = rt_fetch(var->varno, level->query->rtable);

	appendStringInfo(cxt->out, "(col %d ",
					 list_nth_int(level->aliases, var->varno - 1));
	if (rte->rtekind == RTE_RELATION)
		deparse_string(cxt->out, column_name(level, rte, var->varattno));
	else
		appendStringInfo(cxt->out, "\"%d\"", (int) var->varattno);
	appendStringInfoChar(cxt->out, ')');
}

/* ------------------------------------------------------------------ */
/* Subqueries														  */
/* ------------------------------------------------------------------ */

typedef struct RowColumns
{
	int			rti;
} RowColumns;

/* What stands for the subquery's columns becomes columns of a relation. */
static Node *
name_columns(Node *node, RowColumns *columns)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_SUBLINK)
	{
		Param	   *param = (Param *) node;

		return (Node *) makeVar(columns->rti, param->paramid,
								param->paramtype, param->paramtypmod,
								param->paramcollid, 0);
	}
	/* Those within have their own. */
	if (IsA(node, SubLink))
		return node;
	return expression_tree_mutator(node, name_columns, columns);
}

static bool
write_part(QueryLevel *level, const ShipScope *scope, Node *expr,
		   StringInfo out)
{
	DeparseContext cxt = {out, NULL, &level->whole->params, NIL, NULL, level};
	const char *reason = shippable_expr(scope, expr);

	if (reason != NULL)
		return whole_refuse(level->whole, reason);
	deparse_expr(&cxt, expr);
	return true;
}

static bool
write_row_sublink(QueryLevel *level, const ShipScope *scope, SubLink *link,
				  StringInfo out)
{
	Query	   *query = (Query *) link->subselect;
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RowColumns	columns;
	Node	   *condition;

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = query;
	rte->eref = makeAlias("subquery", NIL);
	level->query->rtable = lappend(level->query->rtable, rte);
	columns.rti = list_length(level->query->rtable);
	condition = name_columns(link->testexpr, &columns);
	appendStringInfo(out, "(%s ", link->subLinkType == ANY_SUBLINK ?
					 "anyrow" : "allrow");
	whole_add_alias(level);
	if (scope->grouped)
	{
		/* The columns are none of the groups', but may be named. */
		ShipScope	with_columns = *scope;
		ListCell   *lc;

		with_columns.keys = list_copy(scope->keys);
		foreach(lc, query->targetList)
		{
			TargetEntry *tle = lfirst_node(TargetEntry, lc);
			Node	   *expr = (Node *) tle->expr;

			if (!tle->resjunk)
				with_columns.keys = lappend(with_columns.keys,
											makeVar(columns.rti, tle->resno,
													exprType(expr),
													exprTypmod(expr),
													exprCollation(expr), 0));
		}
		if (!write_part(level, &with_columns, condition, out))
			return false;
	}
	else if (!write_part(level, scope, condition, out))
		return false;
	appendStringInfoChar(out, ' ');
	if (!whole_select(level->whole, query, level, false,
					  query->targetList, out))
		return false;
	/* The condition's own subqueries have come after it. */
	appendStringInfo(out, " %d)",
					 list_nth_int(level->aliases, columns.rti - 1));
	return true;
}

/* Does the number of its rows depend on what it yields? */
static bool
needs_outputs(Query *query)
{
	return query->distinctClause != NIL || query->setOperations != NULL ||
		query->hasAggs || query->groupClause != NIL ||
		query->groupingSets != NIL;
}

static bool
write_sublink(QueryLevel *level, const ShipScope *scope, SubLink *link,
			  StringInfo out)
{
	Query	   *query = (Query *) link->subselect;
	bool		ok;

	switch (link->subLinkType)
	{
		case EXISTS_SUBLINK:
		case EXPR_SUBLINK:
			appendStringInfoString(out, link->subLinkType == EXPR_SUBLINK ?
								   "(scalar " : "(exists ");
			ok = whole_select(level->whole, query, level, false,
							  link->subLinkType == EXPR_SUBLINK ||
							  needs_outputs(query) ? query->targetList : NIL,
							  out);
			appendStringInfoChar(out, ')');
			return ok;
		case ANY_SUBLINK:
		case ALL_SUBLINK:
			return write_row_sublink(level, scope, link, out);
		case ARRAY_SUBLINK:
			return whole_refuse(level->whole,
								"ARRAY(SELECT ...) is put together in PostgreSQL");
		case ROWCOMPARE_SUBLINK:
			return whole_refuse(level->whole,
								"a comparison with the row of a subquery is not part of the protocol");
		default:
			return whole_refuse(level->whole,
								"this kind of subquery is not part of the protocol");
	}
}

/* ------------------------------------------------------------------ */
/* Windows															  */
/* ------------------------------------------------------------------ */

static bool
write_clauses(QueryLevel *level, const ShipScope *scope, const char *name,
			  List *clauses, bool sorted, StringInfo out)
{
	DeparseContext cxt = {out, NULL, &level->whole->params, NIL, NULL, level};
	ListCell   *lc;

	if (clauses == NIL)
		return true;
	appendStringInfo(out, " (%s", name);
	foreach(lc, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Node	   *expr = get_sortgroupclause_expr(clause,
													level->query->targetList);
		const char *reason = NULL;

		if (shippable_is_value(expr))
			continue;
		reason = sorted ?
			shippable_sort(scope, expr, clause->sortop, exprCollation(expr)) :
			shippable_key(scope, expr, clause->eqop);
		if (reason != NULL)
			return whole_refuse(level->whole, reason);
		appendStringInfoChar(out, ' ');
		if (sorted)
		{
			deparse_sort_key(&cxt, expr, clause->sortop, clause->nulls_first,
							 exprCollation(expr));
			continue;
		}
		appendStringInfoString(out, "(by ");
		deparse_expr(&cxt, expr);
		appendStringInfo(out, " %s)", deparse_collation(exprCollation(expr)));
	}
	appendStringInfoChar(out, ')');
	return true;
}

static bool
write_bound(QueryLevel *level, bool unbounded, bool current, bool preceding,
			bool is_start, Node *offset, StringInfo out)
{
	Const	   *rows = (Const *) offset;

	if (unbounded || current)
	{
		appendStringInfoString(out, current ? " (current)" :
							   is_start ? " (start)" : " (end)");
		return true;
	}
	if (!IsA(offset, Const) || rows->constisnull ||
		rows->consttype != INT8OID || DatumGetInt64(rows->constvalue) < 0)
		return whole_refuse(level->whole,
							"the offset of a window frame is not constant");
	appendStringInfo(out, " (%s " INT64_FORMAT ")",
					 preceding ? "preceding" : "following",
					 DatumGetInt64(rows->constvalue));
	return true;
}

static bool
write_frame(QueryLevel *level, WindowClause *window, StringInfo out)
{
	int			options = window->frameOptions;

	if ((options & FRAMEOPTION_RANGE) != 0 &&
		(options & (FRAMEOPTION_START_OFFSET | FRAMEOPTION_END_OFFSET)) != 0)
		return whole_refuse(level->whole,
							"a window frame is a range of values");
	appendStringInfo(out, " (frame %s",
					 options & FRAMEOPTION_ROWS ? "rows" :
					 options & FRAMEOPTION_GROUPS ? "groups" : "range");
	if (!write_bound(level,
					 options & FRAMEOPTION_START_UNBOUNDED_PRECEDING,
					 options & FRAMEOPTION_START_CURRENT_ROW,
					 options & FRAMEOPTION_START_OFFSET_PRECEDING, true,
					 window->startOffset, out) ||
		!write_bound(level,
					 options & FRAMEOPTION_END_UNBOUNDED_FOLLOWING,
					 options & FRAMEOPTION_END_CURRENT_ROW,
					 options & FRAMEOPTION_END_OFFSET_PRECEDING, false,
					 window->endOffset, out))
		return false;
	appendStringInfo(out, " %s)",
					 options & FRAMEOPTION_EXCLUDE_CURRENT_ROW ? "current" :
					 options & FRAMEOPTION_EXCLUDE_GROUP ? "group" :
					 options & FRAMEOPTION_EXCLUDE_TIES ? "ties" : "none");
	return true;
}

static bool
write_window(QueryLevel *level, const ShipScope *scope, WindowFunc *func,
			 StringInfo out)
{
	WindowClause *window = NULL;
	const char *reason = shippable_window(scope, func);
	ListCell   *lc;

	if (reason != NULL)
		return whole_refuse(level->whole, reason);
	foreach(lc, level->query->windowClause)
		if (lfirst_node(WindowClause, lc)->winref == func->winref)
			window = lfirst(lc);
	if (window == NULL)
		elog(ERROR, "no window %u", func->winref);
	appendStringInfoString(out, "(window ");
	deparse_string(out, deparse_function_signature(func->winfnoid));
	appendStringInfo(out, " %s (args", deparse_collation(func->inputcollid));
	foreach(lc, func->args)
	{
		appendStringInfoChar(out, ' ');
		if (!write_part(level, scope, lfirst(lc), out))
			return false;
	}
	appendStringInfoChar(out, ')');
	if (func->aggfilter != NULL)
	{
		appendStringInfoString(out, " (filter ");
		if (!write_part(level, scope, (Node *) func->aggfilter, out))
			return false;
		appendStringInfoChar(out, ')');
	}
	if (!write_clauses(level, scope, "partition", window->partitionClause,
					   false, out) ||
		!write_clauses(level, scope, "order", window->orderClause, true, out) ||
		!write_frame(level, window, out))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

/* ------------------------------------------------------------------ */
/* Constructs														  */
/* ------------------------------------------------------------------ */

static bool
write_grouping(QueryLevel *level, GroupingFunc *func, StringInfo out)
{
	ListCell   *lc;

	if (func->agglevelsup != 0)
		return whole_refuse(level->whole, "GROUPING is about another query");
	appendStringInfoString(out, "(grouping");
	foreach(lc, func->refs)
	{
		TargetEntry *key = get_sortgroupref_tle(lfirst_int(lc),
												level->query->targetList);

		appendStringInfoChar(out, ' ');
		if (!write_part(level, &level->groups, (Node *) key->expr, out))
			return false;
	}
	appendStringInfoChar(out, ')');
	return true;
}

const char *
whole_construct(const ShipScope *scope, Node *node)
{
	QueryLevel *level = scope->level;
	ConstructText *construct;
	StringInfoData text;
	const ShipScope *around = level->around;
	bool		is_pulled_up = level->whole->is_pulled_up;
	bool		ok;

	initStringInfo(&text);
	level->around = scope;
	level->whole->is_pulled_up = false;
	if (IsA(node, SubLink))
		ok = write_sublink(level, scope, (SubLink *) node, &text);
	else if (IsA(node, WindowFunc))
		ok = write_window(level, scope, (WindowFunc *) node, &text);
	else
		ok = write_grouping(level, castNode(GroupingFunc, node), &text);
	level->around = around;
	level->whole->is_pulled_up = is_pulled_up;
	if (!ok)
		return level->whole->reason;
	construct = palloc(sizeof(ConstructText));
	construct->node = node;
	construct->text = text.data;
	level->texts = lappend(level->texts, construct);
	return NULL;
}

void
whole_deparse_construct(DeparseContext *cxt, Node *node)
{
	ListCell   *lc;

	foreach(lc, cxt->level->texts)
	{
		ConstructText *construct = lfirst(lc);

		if (construct->node == node || equal(construct->node, node))
		{
			appendStringInfoString(cxt->out, construct->text);
			return;
		}
	}
	elog(ERROR, "a construct of node type %d was not written",
		 (int) nodeTag(node));
}
