/*-------------------------------------------------------------------------
 *
 * scan_plan.c
 *	  From a chosen path to a ForeignScan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "batch.h"
#include "compat.h"
#include "datrang_fdw.h"
#include "deparse.h"
#include "guc.h"
#include "key_set.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "optimizer/tlist.h"
#include "rel_plan.h"
#include "utils/lsyscache.h"
#include "whole.h"

/* What a scan asks for and does. */
typedef struct ScanParts
{
	List	   *tlist;			/* of the answer; NIL for a table's columns */
	List	   *outputs;		/* expressions to ask for */
	List	   *attnums;		/* where they go in the scan's tuple */
	List	   *remote;
	List	   *local;
	List	   *reasons;		/* Strings, one for each local condition */
	List	   *certain;		/* of the remote conditions, those that cannot
								 * fail */
	List	   *conditions;		/* of a recheck: remote and local ones of a
								 * table, in the order in which PostgreSQL
								 * checks them */
} ScanParts;

/* Comparing texts under two collations at once is an error for every row. */
static bool
lacks_collation_walker(Node *node, void *arg)
{
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (IsA(node, OpExpr) && !OidIsValid(((OpExpr *) node)->inputcollid))
		foreach(lc, ((OpExpr *) node)->args)
			if (type_is_collatable(exprType(lfirst(lc))))
				return true;
	return expression_tree_walker(node, lacks_collation_walker, arg);
}

/*
 * What is volatile is evaluated by the scan's plan, once for a row, and leaves
 * out rows for which what comes after it might fail: that is left to the plan
 * as well.  So is what would leave out rows before an error of all of them.
 */
static void
table_parts(PlannerInfo *root, RelOptInfo *rel, Oid relid,
			List *scan_clauses, ScanParts *parts)
{
	RelPlan    *plan = rel_plan(rel);
	ShipScope	scope;
	bool		is_volatile = false;
	bool		has_failed = false;
	ListCell   *lc;

	rel_plan_scope(root, rel, &scope);
	foreach(lc, scan_clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		Expr	   *clause = info->clause;
		const char *reason;
		bool		certain;

		/* Constant conditions gate the plan above us. */
		if (info->pseudoconstant)
			continue;
		if (!bms_is_subset(info->clause_relids, rel->relids))
			clause = param_clause(root, rel, clause);
		reason = shippable_condition(&scope, rel, info, clause);
		certain = reason == NULL &&
			shippable_certain(&scope, (Node *) clause) &&
			!shippable_has_failing_value((Node *) clause);
		if (reason == NULL && is_volatile && !certain)
			reason = "a volatile condition must be checked first";
		if (reason == NULL && has_failed)
			reason = "a condition without a collation must be checked first";
		if (reason == NULL)
		{
			parts->remote = lappend(parts->remote, clause);
			parts->conditions = lappend(parts->conditions, clause);
			if (certain)
				parts->certain = lappend(parts->certain, clause);
			continue;
		}
		is_volatile |= contain_volatile_functions((Node *) info->clause);
		has_failed |= lacks_collation_walker((Node *) info->clause, NULL);
		parts->local = lappend(parts->local, info->clause);
		if (!is_volatile)
		{
			parts->conditions = lappend(parts->conditions, info->clause);
			if (!has_failed)
				parts->remote = list_concat(parts->remote,
											table_implied(&scope, rel, info));
		}
		parts->reasons = lappend(parts->reasons,
								 makeString(pstrdup(reason)));
		pull_varattnos((Node *) info->clause, rel->relid, &plan->used);
	}
	parts->attnums = table_attributes(plan->used, relid);
	foreach(lc, parts->attnums)
		parts->outputs = lappend(parts->outputs,
								 makeVar(rel->relid, lfirst_int(lc),
										 InvalidOid, -1, InvalidOid, 0));
}

/* Of a join: the columns needed above it and by its local conditions. */
static List *
join_tlist(RelOptInfo *rel, RelPlan *plan)
{
	List	   *tlist;

	tlist = add_to_flat_tlist(NIL,
							  pull_var_clause((Node *) rel->reltarget->exprs,
											  PVC_RECURSE_PLACEHOLDERS));
	return add_to_flat_tlist(tlist,
							 pull_var_clause((Node *) plan->local,
											 PVC_RECURSE_PLACEHOLDERS));
}

static void
upper_parts(RelOptInfo *rel, ScanParts *parts)
{
	RelPlan    *plan = rel_plan(rel);
	int			attnum = 0;
	ListCell   *lc;

	parts->tlist = plan->kind == REL_JOIN ? join_tlist(rel, plan) :
		plan->tlist;
	foreach(lc, parts->tlist)
	{
		parts->outputs = lappend(parts->outputs,
								 lfirst_node(TargetEntry, lc)->expr);
		parts->attnums = lappend_int(parts->attnums, ++attnum);
	}
	parts->local = plan->local;
	parts->reasons = plan->local_reasons;
}

static Node *
text_or_empty(const char *text)
{
	return (Node *) makeString(pstrdup(text == NULL ? "" : text));
}

/* The conditions of key sets; their parameters come first. */
static List *
plan_key_sets(PlannerInfo *root, List *sets, List **params)
{
	List	   *described = NIL;
	ListCell   *lc;

	foreach(lc, sets)
	{
		KeySet	   *set = lfirst(lc);
		RelPlan    *table = rel_plan(set->rel);
		Expr	   *condition = key_set_plan(root, set);

		table->reductions = lappend(table->reductions, condition);
		*params = lappend(*params,
						  lsecond(((ScalarArrayOpExpr *) condition)->args));
		described = lappend(described,
							makeString(key_set_describe(root, set)));
	}
	return described;
}

static void
forget_key_sets(List *sets)
{
	ListCell   *lc;

	foreach(lc, sets)
		rel_plan(((KeySet *) lfirst(lc))->rel)->reductions = NIL;
}

/*
 * PostgreSQL may stop before it meets a row for which a condition fails, and
 * the sidecar looks at all of them; values to compare with are computed before
 * there is any row.  When one of these fails, the scan is made once
 * more without such conditions; they are those of a recheck, together with
 * the local ones, of which some may leave out what fails.
 */
static List *
careful_scan(PlannerInfo *root, RelOptInfo *rel, Oid relid, ForeignPath *path,
			 int flags, ScanParts *parts, List **params)
{
	Bitmapset  *used = bms_copy(rel_plan(rel)->used);
	List	   *attnums;
	List	   *outputs = NIL;
	ListCell   *lc;

	if (rel_plan(rel)->kind != REL_TABLE || (flags & PATH_LIMITED) != 0 ||
		path->path.parallel_aware ||
		list_length(parts->certain) == list_length(parts->remote))
		return list_make2(text_or_empty(NULL), NIL);
	pull_varattnos((Node *) parts->remote, rel->relid, &used);
	attnums = table_attributes(used, relid);
	foreach(lc, attnums)
		outputs = lappend(outputs, makeVar(rel->relid, lfirst_int(lc),
										   InvalidOid, -1, InvalidOid, 0));
	return list_make2(makeString(deparse_select(root, rel, outputs,
												parts->certain, flags,
												path->path.pathkeys, params)),
					  attnums);
}

/* For each of the scan's columns the output that goes there, or 0. */
static List *
output_numbers(List *attnums)
{
	List	   *numbers = NIL;
	ListCell   *lc;

	foreach(lc, attnums)
	{
		while (list_length(numbers) < lfirst_int(lc))
			numbers = lappend_int(numbers, 0);
		lfirst_int(list_nth_cell(numbers, lfirst_int(lc) - 1)) =
			foreach_current_index(lc) + 1;
	}
	return numbers;
}

/* What the query yields of the rows themselves is computed here: says why. */
static void
explain_outputs(PlannerInfo *root, RelOptInfo *rel)
{
	Query	   *parse = root->parse;
	ShipScope	scope;
	ListCell   *lc;

	if (!bms_equal(rel->relids, root->all_baserels) || parse->hasAggs ||
		parse->groupClause != NIL || parse->groupingSets != NIL ||
		parse->hasWindowFuncs || parse->distinctClause != NIL ||
		parse->commandType != CMD_SELECT || !datrang_enable_pushdown)
		return;
	rel_plan_scope(root, rel, &scope);
	scope.certain = false;
	foreach(lc, root->processed_tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		const char *reason = entry->resjunk ? NULL :
			shippable_output(&scope, (Node *) entry->expr);

		if (reason != NULL)
			rel_plan_stop(rel, psprintf("Output %d", entry->resno), reason);
	}
}

ForeignScan *
scan_plan(PlannerInfo *root, RelOptInfo *rel, Oid relid, ForeignPath *path,
		  List *tlist, List *scan_clauses, Plan *outer_plan)
{
	RelPlan    *plan = rel_plan(rel);
	ScanParts	parts;
	List	   *sets = key_set_of_path(path);
	int			flags = path->fdw_private == NIL || sets != NIL ? 0 :
		linitial_int(path->fdw_private);
	List	   *params = NIL;
	List	   *reduced;
	char	   *select;
	char	   *unreduced;
	Query	   *pieces = NULL;
	List	   *private;

	if (plan->kind == REL_STATEMENT)
		return whole_plan(root, rel, tlist, scan_clauses);
	memset(&parts, 0, sizeof(parts));
	if (plan->kind == REL_TABLE || plan->kind == REL_JOIN)
		explain_outputs(root, rel);
	if (plan->kind == REL_TABLE)
		table_parts(root, rel, relid, scan_clauses, &parts);
	else
		upper_parts(rel, &parts);
	reduced = plan_key_sets(root, sets, &params);
	select = deparse_select(root, rel, parts.outputs, parts.remote, flags,
							path->path.pathkeys, &params);
	forget_key_sets(sets);
	unreduced = sets == NIL ? NULL :
		deparse_select(root, rel, parts.outputs, parts.remote, flags,
					   path->path.pathkeys, &params);
	/* A table's scan begins anew, unless it ends early; pieces check all. */
	if (plan->kind != REL_TABLE || (flags & PATH_LIMITED) != 0)
		pieces = pieces_query(root, rel, parts.outputs, flags,
							  path->path.pathkeys);
	private = list_make5(makeString(select), parts.attnums, parts.reasons,
						 text_or_empty(plan->kind == REL_TABLE ? NULL :
									   deparse_relations(root, rel)),
						 text_or_empty(plan->stopped));
	private = list_concat(private, list_make4(text_or_empty(unreduced),
											  reduced, pieces,
											  pieces == NULL ? NIL :
											  output_numbers(parts.attnums)));
	private = list_concat(private, careful_scan(root, rel, relid, path, flags,
												&parts, &params));
	private = lappend(private, sets != NIL ? NIL :
					  batch_plan(root, rel, parts.outputs, parts.remote, flags,
								 path->path.pathkeys, &params));
	return make_foreignscan(tlist, parts.local,
							plan->kind == REL_TABLE ? rel->relid : 0, params,
							private, parts.tlist,
							pieces == NULL ? parts.conditions : NIL,
							outer_plan);
}
