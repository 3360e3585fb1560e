/*-------------------------------------------------------------------------
 *
 * accelerate.c
 *	  Heap tables answered from their mirrors: datrang.accelerate.
 *
 * A statement that reads mirrored heap tables is written as if it named their
 * mirrors (see whole.c).  It is not where the answer could be another one: in
 * a transaction that has written something, or that keeps one snapshot for
 * all of its statements.  A plan that was kept from before is then replaced
 * when it is to be run.
 *
 * The heap tables stay in the plan's range table: their privileges are
 * checked and their locks are taken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "accelerate.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "compat.h"
#include "datrang_fdw.h"
#include "executor/executor.h"
#include "guc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "option.h"
#include "optimizer/cost.h"
#include "rel_plan.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "whole.h"

static ExecutorStart_hook_type next_start;

bool
accelerate_is_on(void)
{
	return datrang_accelerate != ACCELERATE_OFF && !guc_is_past() &&
		!IsolationUsesXactSnapshot() &&
		!TransactionIdIsValid(GetTopTransactionIdIfAny()) &&
		!RecoveryInProgress() && !IsInParallelMode();
}

/* ------------------------------------------------------------------ */
/* Mirrors															  */
/* ------------------------------------------------------------------ */

static Datum
column(HeapTuple tuple, Relation catalog, const char *name, bool *isnull)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(catalog), name);

	if (attnum == InvalidAttrNumber)
		elog(ERROR, "datrang.tables has no column %s", name);
	return heap_getattr(tuple, attnum, RelationGetDescr(catalog), isnull);
}

static bool
is_followed(HeapTuple tuple, Relation catalog)
{
	bool		isnull;
	char	   *state = TextDatumGetCString(column(tuple, catalog, "state",
												   &isnull));

	if (strcmp(state, "streaming") != 0)
		return false;
	(void) column(tuple, catalog, "frozen_lsn", &isnull);
	return isnull;
}

static Oid
find_mirror(Oid heap)
{
	Oid			namespace = get_namespace_oid("datrang", true);
	Oid			catalog_oid = get_relname_relid("tables", namespace);
	Oid			mirror = InvalidOid;
	Relation	catalog;
	SysScanDesc scan;
	ScanKeyData key;
	Snapshot	snapshot;
	HeapTuple	tuple;

	if (!OidIsValid(namespace) || !OidIsValid(catalog_oid))
		return InvalidOid;
	catalog = table_open(catalog_oid, AccessShareLock);
	ScanKeyInit(&key, get_attnum(catalog_oid, "source"), BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(heap));
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = systable_beginscan(catalog, InvalidOid, false, snapshot, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) && is_followed(tuple, catalog))
	{
		bool		isnull;
		Name		schema = DatumGetName(column(tuple, catalog, "schema_name",
												 &isnull));
		Name		name = DatumGetName(column(tuple, catalog, "table_name",
											   &isnull));

		namespace = get_namespace_oid(NameStr(*schema), true);
		if (OidIsValid(namespace))
			mirror = get_relname_relid(NameStr(*name), namespace);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(catalog, AccessShareLock);
	return mirror;
}

/* May the table have a mirror?  A partitioned one has it by its root. */
static bool
is_heap(RangeTblEntry *rte)
{
	return rte->rtekind == RTE_RELATION &&
		(rte->relkind == RELKIND_RELATION ||
		 rte->relkind == RELKIND_PARTITIONED_TABLE);
}

static bool
has_policies(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	bool		has = rel->rd_rel->relrowsecurity;

	table_close(rel, NoLock);
	return has;
}

Oid
accelerate_mirror(RangeTblEntry *rte)
{
	Oid			mirror;

	if (!is_heap(rte) || IsCatalogRelationOid(rte->relid) ||
		has_policies(rte->relid) ||
		(rte->relkind == RELKIND_PARTITIONED_TABLE ? !rte->inh :
		 rte->inh && has_subclass(rte->relid)))
		return InvalidOid;
	mirror = find_mirror(rte->relid);
	if (!OidIsValid(mirror) || get_rel_relkind(mirror) != RELKIND_FOREIGN_TABLE)
		return InvalidOid;
	LockRelationOid(mirror, AccessShareLock);
	return mirror;
}

AttrNumber
accelerate_column(Oid mirror, Oid heap, AttrNumber attnum)
{
	char	   *name = get_attname(heap, attnum, false);
	AttrNumber	found = get_attnum(mirror, name);
	Oid			type;
	Oid			other_type;
	int32		typmod;
	int32		other_typmod;
	Oid			collation;
	Oid			other_collation;

	if (found <= 0 || option_column_as_text(mirror, found))
		return 0;
	get_atttypetypmodcoll(heap, attnum, &type, &typmod, &collation);
	get_atttypetypmodcoll(mirror, found, &other_type, &other_typmod,
						  &other_collation);
	return type == other_type && typmod == other_typmod &&
		collation == other_collation ? found : 0;
}

/* ------------------------------------------------------------------ */
/* Costs															  */
/* ------------------------------------------------------------------ */

static double
estimated_rows(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		rows = 0;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);

		if (class->relkind == RELKIND_RELATION)
			rows = Max(class->reltuples, 0);
		ReleaseSysCache(tuple);
	}
	return rows;
}

static bool
count_rows_walker(Node *node, double *rows)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
			ListCell   *part;

			if (!is_heap(rte))
				continue;
			foreach(part, find_all_inheritors(rte->relid, NoLock, NULL))
				*rows += estimated_rows(lfirst_oid(part));
		}
		return query_tree_walker((Query *) node, count_rows_walker, rows, 0);
	}
	return expression_tree_walker(node, count_rows_walker, rows);
}

bool
accelerate_pays(Query *query, Plan *plan)
{
	double		rows = 0;

	if (datrang_accelerate == ACCELERATE_ON)
		return true;
	count_rows_walker((Node *) query, &rows);
	return STARTUP_COST + rows * cpu_tuple_cost * REMOTE_ROW_FACTOR +
		plan->plan_rows * cpu_tuple_cost * TRANSFER_FACTOR < plan->total_cost;
}

/* ------------------------------------------------------------------ */
/* Plans that were kept												  */
/* ------------------------------------------------------------------ */

void
accelerate_note(PlannedStmt *plan, Query *original, List *names)
{
	ForeignScan *scan = whole_first_scan(plan);

	scan->fdw_private = lappend(scan->fdw_private,
								lcons(makeString(nodeToString(original)),
									  names));
}

static List *
note_of(PlannedStmt *plan)
{
	ForeignScan *scan;

	if (plan->commandType != CMD_SELECT)
		return NIL;
	scan = whole_first_scan(plan);
	return scan == NULL ||
		list_length(scan->fdw_private) <= FDW_PRIVATE_ACCELERATED ? NIL :
		list_nth(scan->fdw_private, FDW_PRIVATE_ACCELERATED);
}

/* Are all heap tables followed still? */
static bool
are_followed(PlannedStmt *plan)
{
	ListCell   *lc;

	foreach(lc, plan->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (is_heap(rte) && !OidIsValid(accelerate_mirror(rte)))
			return false;
	}
	return true;
}

static void
start(QueryDesc *query, int eflags)
{
	PlannedStmt *plan = query->plannedstmt;

	List	   *note = note_of(plan);

	if (note != NIL && (!accelerate_is_on() || !are_followed(plan)))
	{
		Query	   *original = stringToNode(strVal(linitial(note)));
		int			mode = datrang_accelerate;

		datrang_accelerate = ACCELERATE_OFF;
		PG_TRY();
		{
			query->plannedstmt = pg_plan_query(original, query->sourceText,
											   CURSOR_OPT_PARALLEL_OK,
											   query->params);
		}
		PG_FINALLY();
		{
			datrang_accelerate = mode;
		}
		PG_END_TRY();
	}
	if (next_start != NULL)
		next_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
}

void
accelerate_install(void)
{
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start;
}
