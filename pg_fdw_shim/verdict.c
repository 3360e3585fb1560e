/*-------------------------------------------------------------------------
 *
 * verdict.c
 *	  PostgreSQL's own answer to a statement that failed in the sidecar.
 *
 * Which rows an expression is computed for is a planner's choice, and the
 * engine's is another one than PostgreSQL's: it may divide by a zero of a row
 * that PostgreSQL would have left out before.  So an error of a statement's
 * data is no answer.  The statement is run once more in pieces, in which the
 * sidecar decides about single tables only and PostgreSQL about the rest, and
 * what comes of that counts: an error or rows.  The sidecar sends no row of a
 * statement before it knows that all of it can be computed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "executor/tstoreReceiver.h"
#include "guc.h"
#include "shippable.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"
#include "verdict.h"

struct Verdict
{
	Tuplestorestate *rows;
	TupleTableSlot *slot;
	List	   *columns;
};

/* Off: only conditions on single tables are sent. */
typedef struct PushedDown
{
	bool		joins;
	bool		aggregates;
	bool		sorts;
	bool		limits;
	bool		statements;
} PushedDown;

static PushedDown
switch_pushdown(PushedDown to)
{
	PushedDown	before = {datrang_enable_join_pushdown,
		datrang_enable_aggregate_pushdown,
		datrang_enable_sort_pushdown, datrang_enable_limit_pushdown,
	datrang_enable_statement_pushdown};

	datrang_enable_join_pushdown = to.joins;
	datrang_enable_aggregate_pushdown = to.aggregates;
	datrang_enable_sort_pushdown = to.sorts;
	datrang_enable_limit_pushdown = to.limits;
	datrang_enable_statement_pushdown = to.statements;
	return before;
}

static PlannedStmt *
plan_in_pieces(Query *query, const char *text, ParamListInfo params)
{
	PushedDown	nothing = {false, false, false, false, false};
	PushedDown	before = switch_pushdown(nothing);
	bool		stay = shippable_subqueries_stay;
	PlannedStmt *volatile plan = NULL;

	shippable_subqueries_stay = true;
	PG_TRY();
	{
		plan = pg_plan_query(query, text, 0, params);
	}
	PG_FINALLY();
	{
		shippable_subqueries_stay = stay;
		switch_pushdown(before);
	}
	PG_END_TRY();
	return plan;
}

static void
start(QueryDesc *desc, Statement *statement)
{
	Statement  *before = statement_lend(statement);

	PG_TRY();
	{
		ExecutorStart(desc, EXEC_FLAG_SKIP_TRIGGERS);
	}
	PG_FINALLY();
	{
		statement_lend(before);
	}
	PG_END_TRY();
}

Verdict *
verdict_reach(ForeignScanState *node, Query *query, List *columns,
			  Statement *statement, bool is_generic)
{
	Verdict    *verdict = palloc0(sizeof(Verdict));
	EState	   *estate = node->ss.ps.state;
	DestReceiver *dest = CreateDestReceiver(DestTuplestore);
	QueryDesc  *desc;

	verdict->columns = columns;
	verdict->rows = tuplestore_begin_heap(false, false, work_mem);
	SetTuplestoreDestReceiverParams(dest, verdict->rows, CurrentMemoryContext,
									true, NULL, NULL);
	PushActiveSnapshot(estate->es_snapshot);
	desc = CreateQueryDesc(plan_in_pieces(copyObject(query),
										  estate->es_sourceText,
										  is_generic ? NULL :
										  estate->es_param_list_info),
						   estate->es_sourceText, GetActiveSnapshot(),
						   InvalidSnapshot, dest, estate->es_param_list_info,
						   estate->es_queryEnv, 0);
	start(desc, statement);
	verdict->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(desc->tupDesc),
											 &TTSOpsMinimalTuple);
	compat_executor_run(desc);
	ExecutorFinish(desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
	PopActiveSnapshot();
	dest->rDestroy(dest);
	return verdict;
}

static void
store(Verdict *verdict, TupleTableSlot *to)
{
	ListCell   *lc;

	ExecClearTuple(to);
	memset(to->tts_isnull, true, to->tts_tupleDescriptor->natts);
	slot_getallattrs(verdict->slot);
	foreach(lc, verdict->columns)
	{
		int			from = lfirst_int(lc) - 1;
		int			column = foreach_current_index(lc);

		if (from < 0)
			continue;
		to->tts_values[column] = verdict->slot->tts_values[from];
		to->tts_isnull[column] = verdict->slot->tts_isnull[from];
	}
	ExecStoreVirtualTuple(to);
}

/* A row read from disk belongs to the slot, and is freed with the next. */
static bool
read_row(Verdict *verdict)
{
	MemoryContext old = MemoryContextSwitchTo(verdict->slot->tts_mcxt);
	bool		found = tuplestore_gettupleslot(verdict->rows, true, false,
												verdict->slot);

	MemoryContextSwitchTo(old);
	return found;
}

/* Conditions that went along to the sidecar are those of a recheck. */
void
verdict_row(Verdict *verdict, ForeignScanState *node)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	while (read_row(verdict))
	{
		store(verdict, slot);
		econtext->ecxt_scantuple = slot;
		ResetExprContext(econtext);
		if (ExecQual(node->fdw_recheck_quals, econtext))
			return;
	}
	ExecClearTuple(slot);
}

void
verdict_end(Verdict *verdict)
{
	ExecDropSingleTupleTableSlot(verdict->slot);
	tuplestore_end(verdict->rows);
	pfree(verdict);
}
