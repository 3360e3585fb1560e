/*-------------------------------------------------------------------------
 *
 * deparse_select.c
 *	  What a relation's plan says, as one SELECT of the protocol.
 *
 * A table's alias is its number in the range table.  Conditions on an input
 * of a join move into the condition of the join where the input's rows may
 * be missing in the result, and above it where they may not; under a full
 * join neither would be right, and the input becomes a nested SELECT.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "deparse.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "option.h"
#include "parser/parsetree.h"
#include "rel_plan.h"
#include "test_order.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"

static void deparse_relation(DeparseContext *cxt, RelOptInfo *rel,
							 List **above);

/* One condition made of several. */
static void
deparse_conjunction(DeparseContext *cxt, List *conditions)
{
	ListCell   *lc;

	if (conditions == NIL)
		appendStringInfoString(cxt->out, "(const \"bool\" \"t\")");
	else if (list_length(conditions) == 1)
		deparse_expr(cxt, linitial(conditions));
	else
	{
		appendStringInfoString(cxt->out, "(and");
		foreach(lc, conditions)
		{
			appendStringInfoChar(cxt->out, ' ');
			deparse_expr(cxt, lfirst(lc));
		}
		appendStringInfoChar(cxt->out, ')');
	}
}

static void
deparse_clause(DeparseContext *cxt, const char *name, List *conditions)
{
	if (conditions == NIL)
		return;
	appendStringInfo(cxt->out, " (%s ", name);
	deparse_conjunction(cxt, conditions);
	appendStringInfoChar(cxt->out, ')');
}

/* ------------------------------------------------------------------ */
/* Relations														  */
/* ------------------------------------------------------------------ */

static void
deparse_outputs(DeparseContext *cxt, List *outputs)
{
	ListCell   *lc;

	appendStringInfoString(cxt->out, "(output");
	foreach(lc, outputs)
	{
		appendStringInfoChar(cxt->out, ' ');
		deparse_expr(cxt, lfirst(lc));
	}
	appendStringInfoChar(cxt->out, ')');
}

/* The rows of an input that its own conditions hold for. */
static void
deparse_filtered(DeparseContext *cxt, RelOptInfo *rel)
{
	StringInfo	out = cxt->out;
	StringInfoData text;
	DeparseContext inner = *cxt;
	Subselect  *sub;
	List	   *conditions = NIL;

	initStringInfo(&text);
	inner.out = &text;
	deparse_relation(&inner, rel, &conditions);
	cxt->subselects = inner.subselects;
	if (conditions == NIL)
	{
		appendStringInfoString(out, text.data);
		return;
	}
	sub = palloc0(sizeof(Subselect));
	sub->relids = rel->relids;
	sub->alias = list_length(cxt->root->parse->rtable) + 1 +
		list_length(cxt->subselects);
	sub->columns = pull_var_clause((Node *) rel->reltarget->exprs,
								   PVC_RECURSE_PLACEHOLDERS);
	sub->columns = list_union(NIL, sub->columns);
	appendStringInfoString(out, "(subselect (select ");
	inner.out = out;
	deparse_outputs(&inner, sub->columns);
	appendStringInfo(out, " (from %s)", text.data);
	deparse_clause(&inner, "where", conditions);
	appendStringInfo(out, ") %d)", sub->alias);
	/* The outermost comes first. */
	cxt->subselects = lcons(sub, inner.subselects);
}

static const char *
join_name(JoinType jointype)
{
	switch (jointype)
	{
		case JOIN_INNER:
			return "inner";
		case JOIN_LEFT:
			return "left";
		case JOIN_RIGHT:
			return "right";
		case JOIN_FULL:
			return "full";
		case JOIN_SEMI:
			return "semi";
		case JOIN_ANTI:
			return "anti";
		default:
			elog(ERROR, "unexpected join type %d", (int) jointype);
	}
}

/* Does each alternative hold all that the same one of the other demands? */
static bool
is_implied(Node *weak, Node *strong)
{
	ListCell   *lc;
	ListCell   *of_strong;

	if (!is_orclause(weak) || !is_orclause(strong) ||
		list_length(((BoolExpr *) weak)->args) !=
		list_length(((BoolExpr *) strong)->args))
		return false;
	forboth(lc, ((BoolExpr *) weak)->args,
			of_strong, ((BoolExpr *) strong)->args)
		if (list_difference(make_ands_implicit(lfirst(lc)),
							make_ands_implicit(lfirst(of_strong))) != NIL)
			return false;
	return true;
}

/*
 * The conditions without those that the planner took out of alternatives of
 * the join for the scans of its tables: checking both costs more than it saves.
 */
static List *
without_implied(List *conditions, List *join_clauses)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		bool		implied = false;
		ListCell   *of_join;

		foreach(of_join, join_clauses)
			implied |= is_implied(lfirst(lc), lfirst(of_join));
		if (!implied)
			rest = lappend(rest, lfirst(lc));
	}
	return rest;
}

static void
deparse_join(DeparseContext *cxt, RelPlan *plan, List **above)
{
	List	   *of_outer = NIL;
	List	   *of_inner = NIL;
	List	   *on = list_copy(plan->join_clauses);

	appendStringInfo(cxt->out, "(join %s ", join_name(plan->jointype));
	if (plan->jointype == JOIN_FULL)
	{
		deparse_filtered(cxt, plan->outer);
		appendStringInfoChar(cxt->out, ' ');
		deparse_filtered(cxt, plan->inner);
	}
	else
	{
		deparse_relation(cxt, plan->outer, &of_outer);
		appendStringInfoChar(cxt->out, ' ');
		deparse_relation(cxt, plan->inner, &of_inner);
	}
	switch (plan->jointype)
	{
		case JOIN_INNER:
			of_outer = without_implied(of_outer, plan->join_clauses);
			of_inner = without_implied(of_inner, plan->join_clauses);
			*above = list_concat(*above, of_outer);
			*above = list_concat(*above, of_inner);
			break;
		case JOIN_RIGHT:
			*above = list_concat(*above, of_inner);
			on = list_concat(on, of_outer);
			break;
		default:
			*above = list_concat(*above, of_outer);
			on = list_concat(on, of_inner);
			break;
	}
	appendStringInfoChar(cxt->out, ' ');
	deparse_conjunction(cxt, on);
	appendStringInfoChar(cxt->out, ')');
	*above = list_concat(*above, plan->remote);
}

static void
deparse_table(DeparseContext *cxt, RelOptInfo *rel)
{
	option_append_table(cxt->out,
						planner_rt_fetch(rel->relid, cxt->root)->relid,
						(int) rel->relid);
}

/* "above" gets the conditions that are to be applied to the rows. */
static void
deparse_relation(DeparseContext *cxt, RelOptInfo *rel, List **above)
{
	RelPlan    *plan = rel_plan(rel);

	if (plan->kind == REL_JOIN)
	{
		deparse_join(cxt, plan, above);
		return;
	}
	deparse_table(cxt, rel);
	*above = list_concat(*above, test_order_guard(cxt->root, rel, plan->remote));
	*above = list_concat(*above, plan->reductions);
}

/* ------------------------------------------------------------------ */
/* Selects															  */
/* ------------------------------------------------------------------ */

static void
deparse_group(DeparseContext *cxt, RelOptInfo *rel)
{
	RelPlan    *groups = rel_plan(rel);
	ListCell   *lc;

	appendStringInfoString(cxt->out, " (group");
	foreach(lc, groups->keys)
	{
		appendStringInfoString(cxt->out, " (by ");
		deparse_expr(cxt, lfirst(lc));
		appendStringInfo(cxt->out, " %s)",
						 deparse_collation(exprCollation(lfirst(lc))));
	}
	appendStringInfoChar(cxt->out, ')');
	deparse_clause(cxt, "having",
				   test_order_guard(cxt->root, rel, rel_plan(rel)->remote));
}

static void
deparse_distinct(DeparseContext *cxt, RelPlan *distinct)
{
	ListCell   *lc;

	appendStringInfoString(cxt->out, " (distinct");
	foreach(lc, distinct->tlist)
	{
		Node	   *expr = (Node *) lfirst_node(TargetEntry, lc)->expr;

		appendStringInfo(cxt->out, " %s",
						 deparse_collation(exprCollation(expr)));
	}
	appendStringInfoChar(cxt->out, ')');
}

static void
deparse_order(DeparseContext *cxt, RelOptInfo *rel, List *pathkeys)
{
	ListCell   *lc;

	if (pathkeys == NIL)
		return;
	appendStringInfoString(cxt->out, " (order");
	foreach(lc, pathkeys)
	{
		PathKey    *key = lfirst_node(PathKey, lc);
		const char *reason;
		Oid			sortop;
		Expr	   *expr = sort_expression(cxt->root, rel, key, &sortop,
										   &reason);

		if (expr == NULL)
			elog(ERROR, "could not find the expression to sort by");
		appendStringInfoChar(cxt->out, ' ');
		deparse_sort_key(cxt, (Node *) expr, sortop, key->pk_nulls_first,
						 key->pk_eclass->ec_collation);
	}
	appendStringInfoChar(cxt->out, ')');
}

static void
deparse_rows(DeparseContext *cxt, const char *clause, Node *rows)
{
	/* LIMIT NULL is no limit. */
	if (rows == NULL || (IsA(rows, Const) && ((Const *) rows)->constisnull))
		return;
	appendStringInfo(cxt->out, " (%s ", clause);
	deparse_expr(cxt, rows);
	appendStringInfoChar(cxt->out, ')');
}

char *
deparse_select(PlannerInfo *root, RelOptInfo *rel, List *outputs,
			   List *conditions, int flags, List *pathkeys, List **params)
{
	StringInfoData from;
	StringInfoData out;
	DeparseContext cxt = {&from, root, params, NIL, NULL, NULL};
	RelOptInfo *rows = rel;
	RelOptInfo *groups = NULL;
	RelPlan    *distinct = NULL;
	List	   *where = NIL;
	int			nest_level = deparse_pin_settings();

	while (rel_plan(rows)->input != NULL)
	{
		if (rel_plan(rows)->kind == REL_GROUPS)
			groups = rows;
		else
			distinct = rel_plan(rows);
		rows = rel_plan(rows)->input;
	}
	initStringInfo(&from);
	if (rel == rows && rel_plan(rel)->kind == REL_TABLE)
	{
		deparse_table(&cxt, rel);
		/* One with a LIMIT does not begin anew. */
		if (flags & PATH_LIMITED)
			conditions = test_order_guard(root, rel, conditions);
		where = list_concat_copy(conditions, rel_plan(rel)->reductions);
	}
	else
		deparse_relation(&cxt, rows, &where);

	initStringInfo(&out);
	cxt.out = &out;
	appendStringInfoString(&out, "(select ");
	deparse_outputs(&cxt, outputs);
	appendStringInfo(&out, " (from %s)", from.data);
	deparse_clause(&cxt, "where", where);
	if (groups != NULL)
		deparse_group(&cxt, groups);
	if (distinct != NULL)
		deparse_distinct(&cxt, distinct);
	if (flags & PATH_SORTED)
		deparse_order(&cxt, rel, pathkeys);
	if (flags & PATH_LIMITED)
	{
		deparse_rows(&cxt, "limit", root->parse->limitCount);
		deparse_rows(&cxt, "offset", root->parse->limitOffset);
	}
	appendStringInfoChar(&out, ')');
	deparse_unpin_settings(nest_level);
	return out.data;
}

/* ------------------------------------------------------------------ */
/* For people														  */
/* ------------------------------------------------------------------ */

char *
deparse_relations(PlannerInfo *root, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);
	RangeTblEntry *rte;
	char	   *name;
	char	   *upper;

	switch (plan->kind)
	{
		case REL_GROUPS:
			return psprintf("Aggregate on (%s)",
							deparse_relations(root, plan->input));
		case REL_DISTINCT:
			return psprintf("Distinct on (%s)",
							deparse_relations(root, plan->input));
		case REL_JOIN:
			upper = str_toupper(join_name(plan->jointype),
								strlen(join_name(plan->jointype)),
								C_COLLATION_OID);
			return psprintf("(%s) %s JOIN (%s)",
							deparse_relations(root, plan->outer),
							upper,
							deparse_relations(root, plan->inner));
		case REL_ORDERED:
		case REL_STATEMENT:
		case REL_TABLE:
			break;
	}
	rte = planner_rt_fetch(rel->relid, root);
	name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(rte->relid)),
									  get_rel_name(rte->relid));
	if (strcmp(rte->eref->aliasname, get_rel_name(rte->relid)) == 0)
		return name;
	return psprintf("%s %s", name, quote_identifier(rte->eref->aliasname));
}
