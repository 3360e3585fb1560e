/*-------------------------------------------------------------------------
 *
 * partial_path.c
 *	  Paths by which several processes share a table's rows.
 *
 * They pay where PostgreSQL has much to compute for each row it gets: a
 * function, condition or aggregate that stays here.  The sidecar reads once
 * and as a whole, whoever takes the rows.
 *
 * Deliberately absent: scans with conditions that may fail, as a scan of
 * several processes cannot begin anew without them; and joins and groups of
 * the sidecar, which yield few rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "compat.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "rel_plan.h"

/* A table may be read in part; who reads it alone is the leader. */
bool
partial_paths_allowed(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	return true;
}

/* Then a scan's request that failed would be sent once more without them. */
static bool
may_fail(PlannerInfo *root, RelOptInfo *rel)
{
	ShipScope	scope;
	ListCell   *lc;

	rel_plan_scope(root, rel, &scope);
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		Node	   *clause = (Node *) info->clause;

		if (shippable_condition(&scope, rel, info, info->clause) != NULL)
		{
			if (table_implied(&scope, rel, info) != NIL)
				return true;
		}
		else if (!shippable_certain(&scope, clause) ||
				 shippable_has_failing_value(clause))
			return true;
	}
	return false;
}

/* How many processes the rows are divided by, as core counts the leader. */
static double
divisor(int workers)
{
	double		leader = parallel_leader_participation ?
		1.0 - 0.3 * workers : 0;

	return workers + Max(leader, 0);
}

void
partial_paths(PlannerInfo *root, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);
	double		pages = plan->rows * (MAXALIGN(rel->reltarget->width) +
									  MAXALIGN(SizeofHeapTupleHeader)) / BLCKSZ;
	QualCost	local;
	ForeignPath *path;
	double		share;
	int			workers;

	if (!rel->consider_parallel || rel->lateral_relids != NULL ||
		may_fail(root, rel))
		return;
	/* As many as for a heap of such rows. */
	workers = compute_parallel_worker(rel, ceil(pages), -1,
									  max_parallel_workers_per_gather);
	if (workers == 0)
		return;
	share = divisor(workers);
	cost_qual_eval(&local, plan->local, root);
	path = compat_foreignscan_path(root, rel,
								   clamp_row_est(rel->rows / share),
								   plan->startup_cost,
								   plan->startup_cost + plan->work +
								   (plan->rows * (cpu_tuple_cost * TRANSFER_FACTOR +
												  local.per_tuple) +
									rel->rows * rel->reltarget->cost.per_tuple) / share,
								   NIL, NULL, NIL);
	path->path.parallel_aware = true;
	path->path.parallel_safe = true;
	path->path.parallel_workers = workers;
	add_partial_path(rel, (Path *) path);
}
