/*-------------------------------------------------------------------------
 *
 * join_path.c
 *	  Joins that the sidecar computes.
 *
 * core asks for joins of tables of one server and one user only.  A join is
 * refused, with a reason EXPLAIN shows, when
 *
 * - rows are locked or changed: EvalPlanQual would have to check a joined row
 *   again, with versions of rows that a columnar table does not have;
 * - conditions on an input stay here;
 * - a condition of an outer, semi or anti join is not shippable (an inner
 *   join's are then applied to its result);
 * - a value that PostgreSQL may not come to compute raises an error;
 * - a value has to be computed below an outer join;
 * - whole rows or system columns are needed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "guc.h"
#include "key_set.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/placeholder.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "rel_plan.h"

static bool
locks_or_changes_rows(PlannerInfo *root)
{
	return root->rowMarks != NIL ||
		(root->parse->commandType != CMD_SELECT &&
		 root->parse->commandType != CMD_INSERT);
}

/* Is some PlaceHolderVar computed within the join, but not of all of it? */
static bool
computes_placeholder(PlannerInfo *root, RelOptInfo *joinrel)
{
	ListCell   *lc;

	foreach(lc, root->placeholder_list)
	{
		PlaceHolderInfo *info = lfirst(lc);

		if (bms_is_subset(info->ph_eval_at, joinrel->relids))
			return true;
	}
	return false;
}

static const char *
refuse_input(PlannerInfo *root, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);
	ShipScope	scope;

	if (plan == NULL || plan->input != NULL)
		return "an input is computed in PostgreSQL";
	if (plan->local != NIL)
		return psprintf("a condition on an input stays in PostgreSQL: %s",
						rel_plan_local_reason(plan));
	if (rel->lateral_relids != NULL)
		return "an input refers to another one";
	rel_plan_scope(root, rel, &scope);
	return rel_plan_refuse_values(&scope, (Node *) plan->remote);
}

/* Conditions of the join itself, and those on its result. */
static const char *
classify_clauses(RelPlan *plan, const ShipScope *scope, PlannerInfo *root,
				 RelOptInfo *joinrel, JoinPathExtraData *extra)
{
	ListCell   *lc;

	foreach(lc, extra->restrictlist)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		bool		of_join = !IS_OUTER_JOIN(plan->jointype) ||
			!RINFO_IS_PUSHED_DOWN(info, joinrel->relids);
		const char *reason = rel_plan_refuse_values(scope,
													(Node *) info->clause);

		if (reason == NULL)
			reason = shippable_expr(scope, (Node *) info->clause);
		if (reason == NULL && info->security_level > 0 && !info->leakproof)
			reason = "a security barrier must be passed first";
		if (of_join && reason == NULL)
			plan->join_clauses = lappend(plan->join_clauses, info->clause);
		else if (of_join && plan->jointype != JOIN_INNER)
			return psprintf("its condition stays in PostgreSQL: %s", reason);
		else if (reason == NULL)
			plan->remote = lappend(plan->remote, info->clause);
		else
			rel_plan_keep_local(plan, (Node *) info->clause, reason);
	}
	return NULL;
}

static bool
names_hidden(RelPlan *plan, RelOptInfo *joinrel, Relids hidden)
{
	return bms_overlap(pull_varnos(NULL, (Node *) joinrel->reltarget->exprs),
					   hidden) ||
		bms_overlap(pull_varnos(NULL, (Node *) plan->remote), hidden) ||
		bms_overlap(pull_varnos(NULL, (Node *) plan->local), hidden);
}

/*
 * Columns of the right side of a semi or anti join end with it.  An anti join
 * that was a left join may want them above, as nulls: core has dropped the
 * IS NULL it was recognized by, so it cannot be sent as a left join either.
 */
static const char *
hide_columns(RelPlan *plan, RelOptInfo *joinrel)
{
	Relids		right = plan->inner->relids;

	plan->hidden = bms_union(rel_plan(plan->outer)->hidden,
							 rel_plan(plan->inner)->hidden);
	if (plan->jointype != JOIN_SEMI && plan->jointype != JOIN_ANTI)
		return NULL;
	if (!names_hidden(plan, joinrel, right))
	{
		plan->hidden = bms_add_members(plan->hidden, right);
		return NULL;
	}
	return "columns of its right side are needed above";
}

static const char *
check_outputs(RelPlan *plan, RelOptInfo *joinrel, const ShipScope *scope)
{
	List	   *vars = pull_var_clause((Node *) joinrel->reltarget->exprs,
									   PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	vars = list_concat(vars, pull_var_clause((Node *) plan->local,
											 PVC_INCLUDE_PLACEHOLDERS));
	foreach(lc, vars)
	{
		const char *reason = IsA(lfirst(lc), Var) ?
			shippable_output(scope, lfirst(lc)) :
			"a value is made below an outer join";

		if (reason != NULL)
			return reason;
	}
	return NULL;
}

/* Fills in the plan; the reason if the join is not to be pushed. */
static const char *
plan_join(PlannerInfo *root, RelOptInfo *joinrel, RelPlan *plan,
		  JoinPathExtraData *extra)
{
	ShipScope	scope;
	const char *reason;

	if (!datrang_enable_pushdown || !datrang_enable_join_pushdown)
		return datrang_enable_pushdown ?
			"datrang.enable_join_pushdown is off" :
			"datrang.enable_pushdown is off";
	if (locks_or_changes_rows(root))
		return "the statement locks or changes rows";
	if (joinrel->lateral_relids != NULL)
		return "an input refers to another one";
	if (computes_placeholder(root, joinrel))
		return "a value is made below an outer join";
	if ((reason = refuse_input(root, plan->outer)) != NULL ||
		(reason = refuse_input(root, plan->inner)) != NULL)
		return reason;
	rel_plan_scope(root, joinrel, &scope);
	scope.certain = true;
	scope.relids = bms_difference(joinrel->relids,
								  bms_union(rel_plan(plan->outer)->hidden,
											rel_plan(plan->inner)->hidden));
	if ((reason = classify_clauses(plan, &scope, root, joinrel, extra)) != NULL ||
		(reason = hide_columns(plan, joinrel)) != NULL)
		return reason;
	return check_outputs(plan, joinrel, &scope);
}

void
join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
		   RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra)
{
	RelPlan    *plan;
	const char *reason;
	QualCost	local;

	/* The relation's rows are the same whatever the order of the joins. */
	if (joinrel->fdw_private != NULL)
		return;
	if (jointype != JOIN_INNER && jointype != JOIN_LEFT &&
		jointype != JOIN_RIGHT && jointype != JOIN_FULL &&
		jointype != JOIN_SEMI && jointype != JOIN_ANTI)
		return;
	if (rel_plan(outerrel) == NULL || rel_plan(innerrel) == NULL)
		return;
	plan = palloc0(sizeof(RelPlan));
	plan->kind = REL_JOIN;
	plan->outer = outerrel;
	plan->inner = innerrel;
	plan->jointype = jointype;
	reason = plan_join(root, joinrel, plan, extra);
	if (reason != NULL)
	{
		rel_plan_stop(outerrel, "Join", reason);
		rel_plan_stop(innerrel, "Join", reason);
		return;
	}
	joinrel->fdw_private = plan;

	plan->rows = joinrel->rows;
	if (plan->local != NIL)
		plan->rows = clamp_row_est(joinrel->rows /
								   Max(clauselist_selectivity(root, plan->local,
															  0, JOIN_INNER,
															  NULL), 1e-6));
	plan->work = rel_plan(outerrel)->work + rel_plan(innerrel)->work +
		(outerrel->rows + innerrel->rows + plan->rows) * cpu_operator_cost *
		REMOTE_ROW_FACTOR;
	cost_qual_eval(&local, plan->local, root);
	plan->result_rows = joinrel->rows;
	plan->startup_cost = STARTUP_COST + local.startup +
		joinrel->reltarget->cost.startup;
	plan->total_cost = plan->startup_cost + plan->work +
		plan->rows * (cpu_tuple_cost * TRANSFER_FACTOR + local.per_tuple) +
		joinrel->rows * joinrel->reltarget->cost.per_tuple;
	add_path(joinrel, (Path *)
			 compat_foreign_join_path(root, joinrel, joinrel->rows,
									  plan->startup_cost, plan->total_cost,
									  NIL, NIL));
	sort_paths_of_rel(root, joinrel);
	key_set_paths(root, joinrel);
}
