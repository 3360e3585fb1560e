/*-------------------------------------------------------------------------
 *
 * sort_path.c
 *	  ORDER BY, LIMIT and OFFSET by the sidecar.
 *
 * A table or join gets a path sorted as the query wants it; so do groups, at
 * the stage of ORDER BY.  LIMIT is the last stage: it is pushed down only if
 * everything before it is, conditions and order included.
 *
 * As postgres_fdw does, paths of these stages have the relation below as
 * their parent, and say in fdw_private what they add to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "compat.h"
#include "guc.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/tlist.h"
#include "rel_plan.h"
#include "test_order.h"
#include "utils/lsyscache.h"

/* ------------------------------------------------------------------ */
/* What to sort by													  */
/* ------------------------------------------------------------------ */

/* The operator that sorts a member of the key's class. */
static Oid
sort_operator(PathKey *key, EquivalenceMember *member)
{
	return get_opfamily_member(key->pk_opfamily, member->em_datatype,
							   member->em_datatype, key->pk_strategy);
}

static Expr *
without_relabel(Expr *expr)
{
	while (expr != NULL && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return expr;
}

/* Is it one of what the groups yield to be sorted by? */
static bool
is_sort_target(PlannerInfo *root, PathTarget *target, Expr *expr)
{
	int			i = 0;
	ListCell   *lc;

	foreach(lc, target->exprs)
	{
		Index		ref = get_pathtarget_sortgroupref(target, i++);

		if (ref != 0 &&
			get_sortgroupref_clause_noerr(ref, root->parse->sortClause) != NULL &&
			equal(without_relabel(lfirst(lc)), without_relabel(expr)))
			return true;
	}
	return false;
}

/*
 * May conditions leave out rows here, after the sidecar has sorted them?
 * Those that may fail are evaluated here once they have failed there.
 */
static bool
drops_sorted_rows(RelPlan *plan, const ShipScope *scope)
{
	ListCell   *lc;

	if (plan->local != NIL)
		return true;
	foreach(lc, plan->remote)
		if (!shippable_certain(scope, lfirst(lc)) ||
			shippable_has_failing_value(lfirst(lc)))
			return true;
	return false;
}

/* May a join leave out rows of the table? */
static bool
joins_sorted_rows(PlannerInfo *root, RelOptInfo *rel)
{
	return rel_plan(rel)->kind == REL_TABLE &&
		!bms_equal(IS_OTHER_REL(rel) ? rel->top_parent_relids : rel->relids,
				   root->all_baserels);
}

/*
 * Does the relation hand on what is in it?  What is not asked for above may
 * be none of the columns of the subselect it comes from.
 */
static bool
hands_on(RelOptInfo *rel, Expr *expr)
{
	int			flags = PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
		PVC_RECURSE_PLACEHOLDERS;

	return list_difference(pull_var_clause((Node *) expr, flags),
						   pull_var_clause((Node *) rel->reltarget->exprs,
										   flags)) == NIL;
}

/*
 * The relation's expression the key stands for, and the operator to sort by;
 * NULL if the sidecar cannot sort by it, or (no reason) has it not.
 */
Expr *
sort_expression(PlannerInfo *root, RelOptInfo *rel, PathKey *key,
				Oid *sortop, const char **reason)
{
	EquivalenceClass *ec = key->pk_eclass;
	RelPlan    *plan = rel_plan(rel);
	ShipScope	scope;
	ListCell   *lc;

	*reason = NULL;
	if (ec->ec_has_volatile)
	{
		*reason = "it is volatile";
		return NULL;
	}
	rel_plan_scope(root, rel, &scope);
	scope.certain = scope.certain || drops_sorted_rows(plan, &scope) ||
		joins_sorted_rows(root, rel);
	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *member = lfirst(lc);
		const char *refused;

		if (member->em_is_const ||
			(member->em_is_child && !IS_OTHER_REL(rel)) ||
			bms_is_empty(member->em_relids) ||
			!bms_is_subset(member->em_relids, scope.relids))
			continue;
		if (plan->input != NULL ?
			!is_sort_target(root, plan->target, member->em_expr) :
			!hands_on(rel, member->em_expr))
			continue;
		*sortop = sort_operator(key, member);
		refused = rel_plan_refuse_values(&scope, (Node *) member->em_expr);
		if (refused == NULL)
			refused = shippable_sort(&scope, (Node *) member->em_expr, *sortop,
									 ec->ec_collation);
		if (refused == NULL)
			return member->em_expr;
		*reason = refused;
	}
	return NULL;
}

/* The reason goes with the relation if it is the query's last word. */
static bool
is_sortable(PlannerInfo *root, RelOptInfo *rel, List *pathkeys)
{
	ListCell   *lc;

	if (!datrang_enable_pushdown || !datrang_enable_sort_pushdown)
		return false;
	foreach(lc, pathkeys)
	{
		Oid			sortop;
		const char *reason;

		if (sort_expression(root, rel, lfirst(lc), &sortop, &reason) != NULL)
			continue;
		if (reason != NULL)
			rel_plan_stop(rel, "Sort", reason);
		return false;
	}
	return true;
}

static Cost
sort_cost(double rows)
{
	return rows * (1 + log2(Max(rows, 2))) * cpu_operator_cost * 0.01;
}

/* ------------------------------------------------------------------ */
/* Paths															  */
/* ------------------------------------------------------------------ */

void
sort_paths_of_rel(PlannerInfo *root, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);
	Cost		total = plan->total_cost + sort_cost(plan->rows);
	List	   *flags = list_make1_int(PATH_SORTED);

	if (root->query_pathkeys == NIL ||
		!is_sortable(root, rel, root->query_pathkeys))
		return;
	if (plan->kind == REL_JOIN)
		add_path(rel, (Path *)
				 compat_foreign_join_path(root, rel, rel->rows,
										  plan->startup_cost, total,
										  root->query_pathkeys, flags));
	else
		add_path(rel, (Path *)
				 compat_foreignscan_path(root, rel, rel->rows,
										 plan->startup_cost, total,
										 root->query_pathkeys,
										 rel->lateral_relids, flags));
}

void
sort_upper_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *ordered)
{
	RelPlan    *below = rel_plan(input);
	RelPlan    *plan;
	Cost		startup = below->startup_cost;
	Cost		total = below->total_cost + sort_cost(below->rows);

	if (root->parse->hasTargetSRFs ||
		!is_sortable(root, input, root->sort_pathkeys))
		return;
	plan = palloc0(sizeof(RelPlan));
	plan->kind = REL_ORDERED;
	plan->input = input;
	ordered->fdw_private = plan;
	/* Their sorted paths were made with them. */
	if (below->input == NULL)
		return;
	upper_cheapest(ordered, &startup, &total);
	add_path(ordered, (Path *)
			 compat_foreign_upper_path(root, input,
									   root->upper_targets[UPPERREL_ORDERED],
									   below->result_rows, startup, total,
									   root->sort_pathkeys,
									   list_make1_int(PATH_SORTED)));
}

static bool
is_sent(Node *rows)
{
	return rows == NULL || shippable_is_value(rows);
}

/* NULL or why not. */
static const char *
refuse_limit(PlannerInfo *root, RelOptInfo *input, bool sorted)
{
	Query	   *parse = root->parse;
	RelPlan    *below = rel_plan(input);
	ShipScope	scope;
	const char *reason;

	if (!datrang_enable_pushdown || !datrang_enable_limit_pushdown)
		return datrang_enable_pushdown ?
			"datrang.enable_limit_pushdown is off" :
			"datrang.enable_pushdown is off";
	if (parse->commandType != CMD_SELECT || root->rowMarks != NIL)
		return "the statement locks or changes rows";
	if (parse->hasTargetSRFs)
		return "functions return sets";
	if (parse->limitOption == LIMIT_OPTION_WITH_TIES)
		return "WITH TIES is not part of the protocol";
	if (!is_sent(parse->limitCount) || !is_sent(parse->limitOffset))
		return "the number of rows is volatile";
	if (below->local != NIL)
		return psprintf("a condition stays in PostgreSQL: %s",
						rel_plan_local_reason(below));
	rel_plan_scope(root, input, &scope);
	reason = rel_plan_refuse_values(&scope, (Node *) below->remote);
	if (reason != NULL || sorted)
		return reason;
	return test_order_refuse_limit(root, input);
}

void
limit_upper_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *final,
				  FinalPathExtraData *extra)
{
	RelPlan    *below = rel_plan(input);
	int			flags = PATH_LIMITED;
	double		rows;
	Cost		startup;
	Cost		total;
	const char *reason;

	if (!extra->limit_needed)
		return;
	if (below->kind == REL_ORDERED)
	{
		flags |= PATH_SORTED;
		input = below->input;
		below = rel_plan(input);
	}
	reason = refuse_limit(root, input, (flags & PATH_SORTED) != 0);
	if (reason != NULL)
	{
		rel_plan_stop(input, "Limit", reason);
		return;
	}
	rows = below->result_rows;
	startup = below->startup_cost;
	total = below->total_cost;
	if (flags & PATH_SORTED)
		total += sort_cost(rows);
	adjust_limit_rows_costs(&rows, &startup, &total, extra->offset_est,
							extra->count_est);
	upper_cheapest(final, &startup, &total);
	add_path(final, (Path *)
			 compat_foreign_upper_path(root, input,
									   root->upper_targets[UPPERREL_FINAL],
									   rows, startup, total,
									   flags & PATH_SORTED ?
									   root->sort_pathkeys : NIL,
									   list_make1_int(flags)));
}
