/*-------------------------------------------------------------------------
 *
 * table_path.c
 *	  Planning of scans of one table.
 *
 * A scan asks the sidecar for the columns that are used and lets it apply
 * the conditions shippable.c allows.  The number of rows is the sidecar's;
 * which part of them matches comes from pg_statistic if it has statistics of
 * the columns (see statistics.c), within what the sidecar's index excludes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/heap.h"
#include "compat.h"
#include "deparse.h"
#include "key_set.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "option.h"
#include "rel_plan.h"
#include "statistics.h"
#include "text_search.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static bool
is_used(Bitmapset *used, AttrNumber attnum)
{
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used);
}

/* core fills in tableoid; the others do not exist outside of a heap */
static void
refuse_system_columns(Bitmapset *used, Oid relid)
{
	AttrNumber	attnum;

	for (attnum = FirstLowInvalidHeapAttributeNumber + 1; attnum < 0; attnum++)
	{
		if (attnum == TableOidAttributeNumber || !is_used(used, attnum))
			continue;
		if (attnum == SelfItemPointerAttributeNumber && option_native(relid))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("system column \"%s\" does not exist in columnar table \"%s\"",
						NameStr(SystemAttributeDefinition(attnum)->attname),
						get_rel_name(relid)),
				 errhint("Use the key columns to tell rows apart.")));
	}
}

List *
table_attributes(Bitmapset *used, Oid relid)
{
	Relation	table = table_open(relid, NoLock);
	TupleDesc	desc = RelationGetDescr(table);
	bool		all = is_used(used, 0);
	List	   *attnums = NIL;
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped &&
			(all || is_used(used, i + 1)))
			attnums = lappend_int(attnums, i + 1);
	}
	/* The last one: not a place in a tuple, see tuple.h. */
	if (is_used(used, SelfItemPointerAttributeNumber))
		attnums = lappend_int(attnums, SelfItemPointerAttributeNumber);
	table_close(table, NoLock);
	return attnums;
}

/* Columns for a request; their types do not matter there. */
static List *
attribute_vars(RelOptInfo *rel, List *attnums)
{
	List	   *vars = NIL;
	ListCell   *lc;

	foreach(lc, attnums)
		vars = lappend(vars, makeVar(rel->relid, lfirst_int(lc), InvalidOid,
									 -1, InvalidOid, 0));
	return vars;
}

List *
table_implied(const ShipScope *scope, RelOptInfo *rel, RestrictInfo *info)
{
	List	   *shippable = NIL;
	ListCell   *lc;

	foreach(lc, text_search_implied(info->clause))
	{
		if (shippable_condition(scope, rel, info, lfirst(lc)) == NULL)
			shippable = lappend(shippable, lfirst(lc));
	}
	return shippable;
}

static void
classify_conditions(PlannerInfo *root, RelOptInfo *rel, RelPlan *plan)
{
	ShipScope	scope;
	ListCell   *lc;

	rel_plan_scope(root, rel, &scope);
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		const char *reason = shippable_condition(&scope, rel, info,
													 info->clause);

		if (reason == NULL)
			plan->remote = lappend(plan->remote, info->clause);
		else
		{
			rel_plan_keep_local(plan, (Node *) info->clause, reason);
			plan->remote = list_concat(plan->remote,
									   table_implied(&scope, rel, info));
		}
	}
}

static Selectivity
selectivity(PlannerInfo *root, RelOptInfo *rel, List *conditions)
{
	return clauselist_selectivity(root, conditions, rel->relid, JOIN_INNER,
								  NULL);
}

/* Asks the sidecar; conditions that need parameters are PostgreSQL's guess. */
static void
estimate_remote(PlannerInfo *root, RelOptInfo *rel, RelPlan *plan,
				Oid relid, List *attnums)
{
	List	   *left_out = NIL;
	bool		covered;
	List	   *constant = NIL;
	List	   *params = NIL;
	ListCell   *lc;

	foreach(lc, plan->remote)
	{
		if (shippable_needs_params(lfirst(lc)))
			left_out = lappend(left_out, lfirst(lc));
		else
			constant = lappend(constant, lfirst(lc));
	}
	covered = statistics_cover(root, rel, constant);
	/* Planning is often all that a short query takes: spare the request. */
	if (covered && statistics_rows(relid, &plan->estimate.total))
	{
		rel->tuples = plan->estimate.total;
		plan->rows = clamp_row_est(rel->tuples *
								   selectivity(root, rel, plan->remote));
		return;
	}
	estimate_rows(rel->serverid, rel_plan_user(rel),
				  deparse_select(root, rel, attribute_vars(rel, attnums),
								 constant, 0, NIL, &params),
				  &plan->estimate);
	statistics_keep_rows(relid, plan->estimate.total);
	rel->tuples = plan->estimate.total;
	rel->reltarget->width = plan->estimate.width;
	if (covered)
		plan->rows = Min(rel->tuples * selectivity(root, rel, plan->remote),
						 plan->estimate.bound);
	else
		plan->rows = plan->estimate.rows * selectivity(root, rel, left_out);
	plan->rows = clamp_row_est(plan->rows);
}

void
table_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	RelPlan    *plan = palloc0(sizeof(RelPlan));

	plan->kind = REL_TABLE;
	rel->fdw_private = plan;
	classify_conditions(root, rel, plan);
	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &plan->used);
	pull_varattnos((Node *) plan->local, rel->relid, &plan->used);
	refuse_system_columns(plan->used, relid);

	estimate_remote(root, rel, plan, relid,
					table_attributes(plan->used, relid));
	rel->rows = clamp_row_est(plan->rows * selectivity(root, rel, plan->local));
	plan->work = plan->estimate.total * cpu_tuple_cost * REMOTE_ROW_FACTOR;
}

void
table_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	RelPlan    *plan = rel_plan(rel);
	QualCost	local;

	cost_qual_eval(&local, plan->local, root);
	plan->result_rows = rel->rows;
	plan->startup_cost = STARTUP_COST + local.startup +
		rel->reltarget->cost.startup;
	plan->total_cost = plan->startup_cost + plan->work +
		plan->rows * (cpu_tuple_cost * TRANSFER_FACTOR + local.per_tuple) +
		rel->rows * rel->reltarget->cost.per_tuple;
	add_path(rel, (Path *) compat_foreignscan_path(root, rel, rel->rows,
												   plan->startup_cost,
												   plan->total_cost, NIL,
												   rel->lateral_relids,
												   NIL));
	sort_paths_of_rel(root, rel);
	plan->key_sets = key_set_find(root, rel);
	param_paths(root, rel);
	key_set_paths(root, rel);
	partial_paths(root, rel);
}
