/*-------------------------------------------------------------------------
 *
 * datrang_fdw.c
 *	  Handler of the foreign-data wrapper, and planning of scans.
 *
 * A scan asks the sidecar for the columns that are used and lets it apply
 * the conditions shippable.c allows.  Row counts are the sidecar's.
 *
 * Deliberately absent: parallel scans (one stream serves one backend, and
 * the sidecar scans in parallel itself) and anything that writes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/heap.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "connection.h"
#include "datrang_fdw.h"
#include "deparse.h"
#include "estimate.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "guc.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "shippable.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_MODULE_MAGIC;

/* A round trip, in units of seq_page_cost. */
#define STARTUP_COST 20.0
/* The sidecar reads a row at a fraction of what the executor spends on it. */
#define REMOTE_ROW_FACTOR 0.02
/* Receiving a row, relative to fetching one from a heap page. */
#define TRANSFER_FACTOR 0.5

PG_FUNCTION_INFO_V1(datrang_fdw_handler);

void		_PG_init(void);

/* Of a base relation, in fdw_private. */
typedef struct RelPlan
{
	Oid			serverid;
	Oid			userid;
	List	   *remote;			/* RestrictInfos the sidecar applies */
	List	   *local;			/* those we apply */
	Bitmapset  *used;			/* attributes, offset as in pull_varattnos */
	Estimate	estimate;
} RelPlan;

void
_PG_init(void)
{
	guc_define();
}

/* ------------------------------------------------------------------ */
/* Attributes														  */
/* ------------------------------------------------------------------ */

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
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("system column \"%s\" does not exist in columnar table \"%s\"",
						NameStr(SystemAttributeDefinition(attnum)->attname),
						get_rel_name(relid)),
				 errhint("Use the key columns to tell rows apart.")));
	}
}

static List *
attribute_list(Bitmapset *used, Oid relid)
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
	table_close(table, NoLock);
	return attnums;
}

/* ------------------------------------------------------------------ */
/* Planning															  */
/* ------------------------------------------------------------------ */

static void
get_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	RelPlan    *plan = palloc0(sizeof(RelPlan));
	const Announcement *announcement;
	List	   *left_out = NIL;
	List	   *attnums;
	char	   *select;
	ListCell   *lc;

	rel->fdw_private = plan;
	plan->serverid = rel->serverid;
	plan->userid = compat_plan_user(rel, planner_rt_fetch(rel->relid, root));
	announcement = connection_announcement(plan->serverid, plan->userid);
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst(lc);

		if (shippable_reason(rel, relid, announcement, info) == NULL)
			plan->remote = lappend(plan->remote, info);
		else
			plan->local = lappend(plan->local, info);
	}

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &plan->used);
	foreach(lc, plan->local)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   rel->relid, &plan->used);
	refuse_system_columns(plan->used, relid);
	attnums = attribute_list(plan->used, relid);

	select = deparse_estimate(rel, relid, attnums,
							  extract_actual_clauses(plan->remote, false),
							  &left_out);
	estimate_rows(plan->serverid, plan->userid, select, &plan->estimate);
	rel->tuples = plan->estimate.total;
	rel->reltarget->width = plan->estimate.width;
	/* What the sidecar could not count: by PostgreSQL's own guess. */
	rel->rows = clamp_row_est(plan->estimate.rows *
							  clauselist_selectivity(root, left_out,
													 rel->relid, JOIN_INNER,
													 NULL) *
							  clauselist_selectivity(root, plan->local,
													 rel->relid, JOIN_INNER,
													 NULL));
}

static void
get_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	RelPlan    *plan = rel->fdw_private;
	QualCost	local;
	Cost		startup_cost;
	Cost		run_cost;

	cost_qual_eval(&local, plan->local, root);
	startup_cost = STARTUP_COST + local.startup +
		rel->reltarget->cost.startup;
	run_cost = plan->estimate.total * cpu_tuple_cost * REMOTE_ROW_FACTOR +
		plan->estimate.rows * (cpu_tuple_cost * TRANSFER_FACTOR +
							   local.per_tuple) +
		rel->rows * rel->reltarget->cost.per_tuple;
	add_path(rel, (Path *) compat_foreignscan_path(root, rel, rel->rows,
												   startup_cost,
												   startup_cost + run_cost,
												   rel->lateral_relids));
}

static ForeignScan *
get_plan(PlannerInfo *root, RelOptInfo *rel, Oid relid, ForeignPath *path,
		 List *tlist, List *scan_clauses, Plan *outer_plan)
{
	RelPlan    *plan = rel->fdw_private;
	const Announcement *announcement;
	List	   *remote = NIL;
	List	   *local = NIL;
	List	   *reasons = NIL;
	List	   *params = NIL;
	List	   *attnums;
	char	   *select;
	ListCell   *lc;

	announcement = connection_announcement(plan->serverid, plan->userid);
	foreach(lc, scan_clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		const char *reason;

		/* Constant conditions gate the plan above us. */
		if (info->pseudoconstant)
			continue;
		reason = shippable_reason(rel, relid, announcement, info);
		if (reason == NULL)
			remote = lappend(remote, info->clause);
		else
		{
			local = lappend(local, info->clause);
			reasons = lappend(reasons, makeString(pstrdup(reason)));
			pull_varattnos((Node *) info->clause, rel->relid, &plan->used);
		}
	}
	attnums = attribute_list(plan->used, relid);
	select = deparse_select(rel, relid, attnums, remote, &params);
	return make_foreignscan(tlist, local, rel->relid, params,
							list_make3(makeString(select), attnums, reasons),
							NIL, remote, outer_plan);
}

Datum
datrang_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = get_rel_size;
	routine->GetForeignPaths = get_paths;
	routine->GetForeignPlan = get_plan;
	routine->BeginForeignScan = scan_begin;
	routine->IterateForeignScan = scan_iterate;
	routine->ReScanForeignScan = scan_rescan;
	routine->EndForeignScan = scan_end;
	routine->ExplainForeignScan = explain_scan;
	PG_RETURN_POINTER(routine);
}
