/*-------------------------------------------------------------------------
 *
 * whole_result.c
 *	  Plans that were made of a statement piece by piece: is there more to
 *	  gain, why was it not sent as a whole, and what is run if it fails.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datrang_fdw.h"
#include "foreign/foreign.h"
#include "nodes/plannodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "whole.h"

bool
whole_is_our_scan(Plan *plan)
{
	return IsA(plan, ForeignScan) &&
		OidIsValid(((ForeignScan *) plan)->fs_server) &&
		GetFdwRoutineByServerId(((ForeignScan *) plan)->fs_server)->BeginForeignScan == scan_begin;
}

/*
 * Is all but the last sort, limit or projection computed in one scan?
 * *bare: even these.
 */
bool
whole_is_one_scan(PlannedStmt *plan, bool *bare)
{
	Plan	   *node = plan->planTree;

	*bare = false;
	if (plan->subplans != NIL)
		return false;
	*bare = whole_is_our_scan(node);
	while (node != NULL &&
		   (IsA(node, Sort) || IsA(node, IncrementalSort) ||
			IsA(node, Limit) || IsA(node, Result)))
		node = node->lefttree;
	return node != NULL && whole_is_our_scan(node);
}

/*
 * Of a statement that is one scan and nothing else: what is run if that fails
 * on its data; false if that cannot be done.  Its columns are outputs of the
 * statement, or not wanted.  The statement as it was written is preferred to
 * pieces made of its plan.
 */
bool
whole_keep_pieces(PlannedStmt *plan, Query *original)
{
	ForeignScan *scan = castNode(ForeignScan, plan->planTree);
	List	   *private = scan->fdw_private;
	int			varno = scan->scan.scanrelid;
	int			output = 0;
	List	   *columns = NIL;
	ListCell   *lc;

	if (original->commandType != CMD_SELECT || original->rowMarks != NIL ||
		scan->scan.plan.qual != NIL ||
		strVal(list_nth(private, FDW_PRIVATE_CAREFUL))[0] != '\0')
		return false;
	foreach(lc, scan->scan.plan.targetlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		Var		   *var = (Var *) entry->expr;

		if (entry->resjunk)
			continue;
		/* What the plan computes itself. */
		if (!contain_var_clause((Node *) entry->expr) &&
			!contain_volatile_functions((Node *) entry->expr))
		{
			output++;
			continue;
		}
		if (!IsA(var, Var) || var->varattno <= 0 ||
			var->varno != (varno == 0 ? INDEX_VAR : varno))
			return false;
		output++;
		while (list_length(columns) < var->varattno)
			columns = lappend_int(columns, 0);
		lfirst_int(list_nth_cell(columns, var->varattno - 1)) = output;
	}
	/* That query has all conditions. */
	scan->fdw_recheck_quals = NIL;
	lfirst(list_nth_cell(private, FDW_PRIVATE_PIECES)) = original;
	lfirst(list_nth_cell(private, FDW_PRIVATE_PIECES_COLUMNS)) = columns;
	return true;
}

static ForeignScan *first_scan_of(List *plans);

static ForeignScan *
first_scan(Plan *plan)
{
	ForeignScan *found = NULL;

	if (plan == NULL)
		return NULL;
	if (whole_is_our_scan(plan))
		return (ForeignScan *) plan;
	if (IsA(plan, Append))
		found = first_scan_of(((Append *) plan)->appendplans);
	else if (IsA(plan, MergeAppend))
		found = first_scan_of(((MergeAppend *) plan)->mergeplans);
	else if (IsA(plan, SubqueryScan))
		found = first_scan(((SubqueryScan *) plan)->subplan);
	if (found == NULL)
		found = first_scan(plan->lefttree);
	return found != NULL ? found : first_scan(plan->righttree);
}

static ForeignScan *
first_scan_of(List *plans)
{
	ForeignScan *found = NULL;
	ListCell   *lc;

	foreach(lc, plans)
		if (found == NULL)
			found = first_scan(lfirst(lc));
	return found;
}

ForeignScan *
whole_first_scan(PlannedStmt *plan)
{
	ForeignScan *scan = first_scan(plan->planTree);

	return scan != NULL ? scan : first_scan_of(plan->subplans);
}

/* Where EXPLAIN shows it, unless there is a reason nearer to the tables. */
void
whole_explain_refusal(PlannedStmt *plan, const char *reason)
{
	ForeignScan *scan = whole_first_scan(plan);
	ListCell   *cell;

	if (scan == NULL || list_length(scan->fdw_private) <= FDW_PRIVATE_STOPPED)
		return;
	cell = list_nth_cell(scan->fdw_private, FDW_PRIVATE_STOPPED);
	if (strVal(lfirst(cell))[0] == '\0')
		lfirst(cell) = makeString(psprintf("Statement -- because %s", reason));
}
