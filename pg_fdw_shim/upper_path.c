/*-------------------------------------------------------------------------
 *
 * upper_path.c
 *	  Grouping, aggregates and DISTINCT by the sidecar.
 *
 * Of each expression above the groups, the sidecar computes the whole if it
 * can, else the keys and aggregates in it.  It must be able to compute these,
 * or nothing is pushed down.  Constants and parameters are never among what
 * it sends: fdw_exprs holds them too, and setrefs.c would take them there for
 * columns of the answer.
 *
 * Deliberately absent: grouping sets, DISTINCT ON, window functions, set
 * operations.  Whole statements have them, see whole.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "guc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "rel_plan.h"
#include "utils/selfuncs.h"

typedef struct CollectContext
{
	const ShipScope *scope;
	RelPlan    *plan;
	const char *reason;
} CollectContext;

/* ------------------------------------------------------------------ */
/* Groups															  */
/* ------------------------------------------------------------------ */

/* Keys and aggregates that must be sent; true if one cannot be. */
static bool
collect_walker(Node *node, CollectContext *cxt)
{
	if (node == NULL || shippable_is_value(node))
		return false;
	if (list_member(cxt->scope->keys, node) || IsA(node, Aggref))
	{
		cxt->reason = rel_plan_refuse_values(cxt->scope, node);
		if (cxt->reason == NULL)
			cxt->reason = shippable_output(cxt->scope, node);
		if (cxt->reason != NULL)
			return true;
		cxt->plan->tlist = add_to_flat_tlist(cxt->plan->tlist,
											 list_make1(node));
		return false;
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) ||
		IsA(node, GroupingFunc) || IsA(node, WindowFunc))
	{
		cxt->reason = shippable_output(cxt->scope, node);
		return true;
	}
	return expression_tree_walker(node, collect_walker, cxt);
}

static const char *
collect_output(CollectContext *cxt, Node *expr)
{
	if (!shippable_is_value(expr) &&
		rel_plan_refuse_values(cxt->scope, expr) == NULL &&
		shippable_output(cxt->scope, expr) == NULL)
	{
		cxt->plan->tlist = add_to_flat_tlist(cxt->plan->tlist,
											 list_make1(expr));
		return NULL;
	}
	return collect_walker(expr, cxt) ? cxt->reason : NULL;
}

/* The target's expression that the clause is about. */
static Node *
clause_expression(PathTarget *target, SortGroupClause *clause)
{
	int			i = 0;
	ListCell   *lc;

	foreach(lc, target->exprs)
		if (get_pathtarget_sortgroupref(target, i++) == clause->tleSortGroupRef)
			return lfirst(lc);
	return NULL;
}

static const char *
add_keys(PlannerInfo *root, RelPlan *plan, const ShipScope *rows)
{
	ListCell   *lc;

	foreach(lc, compat_group_clause(root))
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		Node	   *expr = clause_expression(plan->target, clause);
		const char *reason;

		if (expr == NULL)
			return "a key is not among what the groups yield";
		reason = rel_plan_refuse_values(rows, expr);
		if (reason == NULL)
			reason = shippable_key(rows, expr, clause->eqop);
		if (reason != NULL)
			return reason;
		plan->keys = lappend(plan->keys, expr);
	}
	return NULL;
}

static const char *
add_having(RelPlan *plan, CollectContext *cxt, List *having)
{
	ListCell   *lc;

	foreach(lc, having)
	{
		Node	   *condition = lfirst(lc);
		const char *reason = rel_plan_refuse_values(cxt->scope, condition);

		if (reason == NULL)
			reason = shippable_expr(cxt->scope, condition);
		if (reason == NULL)
		{
			plan->remote = lappend(plan->remote, condition);
			continue;
		}
		rel_plan_keep_local(plan, condition, reason);
		if (collect_walker(condition, cxt))
			return cxt->reason;
	}
	return NULL;
}

static const char *
refuse_below(PlannerInfo *root, RelOptInfo *input)
{
	RelPlan    *below = rel_plan(input);
	ShipScope	scope;

	if (!datrang_enable_pushdown)
		return "datrang.enable_pushdown is off";
	if (!datrang_enable_aggregate_pushdown)
		return "datrang.enable_aggregate_pushdown is off";
	if (below->local != NIL)
		return psprintf("a condition stays in PostgreSQL: %s",
						rel_plan_local_reason(below));
	if (input->lateral_relids != NULL)
		return "it refers to another table";
	rel_plan_scope(root, input, &scope);
	return rel_plan_refuse_values(&scope, (Node *) below->remote);
}

static const char *
plan_groups(PlannerInfo *root, RelOptInfo *input, RelPlan *plan,
			GroupPathExtraData *extra, bool partial)
{
	ShipScope	scope;
	CollectContext cxt = {&scope, plan, NULL};
	const char *reason = refuse_below(root, input);
	ListCell   *lc;

	if (reason != NULL)
		return reason;
	rel_plan_scope(root, input, &scope);
	reason = add_keys(root, plan, &scope);
	if (reason != NULL)
		return reason;
	scope.grouped = true;
	scope.keys = plan->keys;
	foreach(lc, plan->target->exprs)
		if ((reason = collect_output(&cxt, lfirst(lc))) != NULL)
			return reason;
	/* Parts are combined before HAVING is applied. */
	if (!partial)
		reason = add_having(plan, &cxt, (List *) extra->havingQual);
	if (reason == NULL && plan->tlist == NIL)
		reason = "it has no column";
	return reason;
}

/* ------------------------------------------------------------------ */
/* DISTINCT															  */
/* ------------------------------------------------------------------ */

static const char *
plan_distinct(PlannerInfo *root, RelOptInfo *input, RelPlan *plan)
{
	ShipScope	scope;
	const char *reason = refuse_below(root, input);
	int			i = 0;
	ListCell   *lc;

	if (reason != NULL)
		return reason;
	if (root->parse->hasTargetSRFs)
		return "functions return sets";
	rel_plan_scope(root, input, &scope);
	foreach(lc, plan->target->exprs)
	{
		Index		ref = get_pathtarget_sortgroupref(plan->target, i++);
		Node	   *expr = lfirst(lc);
		SortGroupClause *clause;

		if (shippable_is_value(expr))
			continue;
		clause = ref == 0 ? NULL :
			get_sortgroupref_clause_noerr(ref, root->parse->distinctClause);
		if (clause == NULL)
			return "an expression is added to the distinct ones";
		reason = rel_plan_refuse_values(&scope, expr);
		if (reason == NULL)
			reason = shippable_key(&scope, expr, clause->eqop);
		if (reason != NULL)
			return reason;
		plan->tlist = add_to_flat_tlist(plan->tlist, list_make1(expr));
		plan->keys = lappend(plan->keys, expr);
	}
	return plan->tlist == NIL ? "it has no column" : NULL;
}

/* ------------------------------------------------------------------ */
/* Paths															  */
/* ------------------------------------------------------------------ */

/* Below what core found, whatever the estimates say: fewer rows come back. */
void
upper_cheapest(RelOptInfo *output, Cost *startup, Cost *total)
{
	ListCell   *lc;

	foreach(lc, output->pathlist)
	{
		Path	   *path = lfirst(lc);

		*startup = Min(*startup, path->startup_cost * 0.9);
		*total = Min(*total, path->total_cost * 0.9);
	}
	*total = Max(*total, *startup);
}

static void
add_groups_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output,
				RelPlan *plan)
{
	RelPlan    *below = rel_plan(input);
	QualCost	local;

	plan->rows = plan->keys == NIL ? 1 :
		estimate_num_groups(root, plan->keys, below->result_rows, NULL, NULL);
	plan->rows = clamp_row_est(plan->rows *
							   clauselist_selectivity(root, plan->remote, 0,
													  JOIN_INNER, NULL));
	plan->result_rows =
		clamp_row_est(plan->rows *
					  clauselist_selectivity(root, plan->local, 0,
											 JOIN_INNER, NULL));
	plan->work = below->work +
		below->result_rows * cpu_tuple_cost * REMOTE_ROW_FACTOR;
	cost_qual_eval(&local, plan->local, root);
	plan->startup_cost = STARTUP_COST + local.startup;
	plan->total_cost = plan->startup_cost + plan->work +
		plan->rows * (cpu_tuple_cost * TRANSFER_FACTOR + local.per_tuple);
	upper_cheapest(output, &plan->startup_cost, &plan->total_cost);
	output->fdw_private = plan;
	add_path(output, (Path *)
			 compat_foreign_upper_path(root, output, plan->target,
									   plan->result_rows,
									   plan->startup_cost, plan->total_cost,
									   NIL, NIL));
}

void
upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
			RelOptInfo *output, void *extra)
{
	RelPlan    *plan;
	const char *reason;

	if (rel_plan(input) == NULL || output->fdw_private != NULL)
		return;
	switch (stage)
	{
		case UPPERREL_ORDERED:
			sort_upper_paths(root, input, output);
			return;
		case UPPERREL_FINAL:
			limit_upper_paths(root, input, output, extra);
			return;
		case UPPERREL_GROUP_AGG:
		case UPPERREL_PARTIAL_GROUP_AGG:
			if (root->parse->groupingSets != NIL)
				return;
			break;
		case UPPERREL_DISTINCT:
			if (root->parse->hasDistinctOn)
				return;
			break;
		default:
			return;
	}
	if (rel_plan(input)->kind == REL_ORDERED)
		return;
	plan = palloc0(sizeof(RelPlan));
	plan->input = input;
	if (stage != UPPERREL_DISTINCT)
	{
		plan->kind = REL_GROUPS;
		plan->target = output->reltarget;
		reason = plan_groups(root, input, plan, extra,
							 stage == UPPERREL_PARTIAL_GROUP_AGG);
	}
	else
	{
		plan->kind = REL_DISTINCT;
		plan->target = root->upper_targets[UPPERREL_DISTINCT];
		reason = plan_distinct(root, input, plan);
	}
	if (reason == NULL)
		add_groups_path(root, input, output, plan);
	else
		rel_plan_stop(input, stage == UPPERREL_DISTINCT ? "Distinct" :
					  "Aggregate", reason);
}
