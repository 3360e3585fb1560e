/*-------------------------------------------------------------------------
 *
 * kept_rows.c
 *	  Rows of a request, for runs of its scan that would send the same.
 *
 * Where a condition with a row of another table stays in PostgreSQL, the scan
 * is run for each of these rows, and its request says nothing of them.  The
 * executor resets such a scan before each run, the first one included, and
 * many are run once only.  So what comes after the second reset is kept, on
 * disk beyond work_mem, as by a Material node.
 *
 * Deliberately absent: requests with values of other tables' rows, even if
 * they repeat, or of other subqueries; and whatever wants to know where a row
 * is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "kept_rows.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/tuplestore.h"

struct KeptRows
{
	Tuplestorestate *rows;
	TupleTableSlot *slot;
};

static bool
is_of_a_run(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind != PARAM_EXTERN;
	return expression_tree_walker(node, is_of_a_run, arg);
}

bool
kept_rows_fit(ForeignScanState *node)
{
	PlannedStmt *stmt = node->ss.ps.state->es_plannedstmt;
	ForeignScan *plan = castNode(ForeignScan, node->ss.ps.plan);

	return stmt->commandType == CMD_SELECT && stmt->rowMarks == NIL &&
		!stmt->hasModifyingCTE && !node->ss.ps.async_capable &&
		!plan->fsSystemCol && !is_of_a_run((Node *) plan->fdw_exprs, NULL);
}

KeptRows *
kept_rows_make(ForeignScanState *node)
{
	KeptRows   *kept = palloc(sizeof(KeptRows));
	TupleDesc	desc = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;

	kept->rows = tuplestore_begin_heap(false, false, work_mem);
	tuplestore_set_eflags(kept->rows, EXEC_FLAG_REWIND);
	kept->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(desc),
										  &TTSOpsMinimalTuple);
	return kept;
}

void
kept_rows_rewind(KeptRows *kept)
{
	tuplestore_rescan(kept->rows);
}

bool
kept_rows_next(KeptRows *kept, ForeignScanState *node)
{
	TupleTableSlot *to = node->ss.ss_ScanTupleSlot;
	MemoryContext old;
	bool		found;

	ExecClearTuple(to);
	if (tuplestore_ateof(kept->rows))
		return false;
	/* A row read from disk belongs to the slot, and is freed with the next. */
	old = MemoryContextSwitchTo(kept->slot->tts_mcxt);
	found = tuplestore_gettupleslot(kept->rows, true, false, kept->slot);
	MemoryContextSwitchTo(old);
	if (!found)
		return false;
	slot_getallattrs(kept->slot);
	memcpy(to->tts_values, kept->slot->tts_values,
		   kept->slot->tts_nvalid * sizeof(Datum));
	memcpy(to->tts_isnull, kept->slot->tts_isnull,
		   kept->slot->tts_nvalid * sizeof(bool));
	ExecStoreVirtualTuple(to);
	return true;
}

void
kept_rows_add(KeptRows *kept, ForeignScanState *node)
{
	tuplestore_puttupleslot(kept->rows, node->ss.ss_ScanTupleSlot);
}

void
kept_rows_end(KeptRows *kept)
{
	ExecDropSingleTupleTableSlot(kept->slot);
	tuplestore_end(kept->rows);
	pfree(kept);
}
