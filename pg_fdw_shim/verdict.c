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
#include "executor/nodeSubplan.h"
#include "executor/tstoreReceiver.h"
#include "guc.h"
#include "nodes/nodeFuncs.h"
#include "shippable.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"
#include "verdict.h"

struct Verdict
{
	MemoryContext cxt;
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

/* ------------------------------------------------------------------ */
/* Values of the statement around it								  */
/* ------------------------------------------------------------------ */

/*
 * The executor's parameters become parameters from outside, numbered after the
 * statement's own.
 */
typedef struct OuterValues
{
	ParamListInfo given;		/* the statement's own; or NULL */
	int			ngiven;
	List	   *types;			/* of the executor's, oids */
	ExprContext *econtext;
} OuterValues;

static Node *
take_value_mutator(Node *node, OuterValues *values)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, take_value_mutator,
										   values, 0);
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		Param	   *param = copyObject((Param *) node);

		param->paramkind = PARAM_EXTERN;
		param->paramid += values->ngiven + 1;
		return (Node *) param;
	}
	return expression_tree_mutator(node, take_value_mutator, values);
}

/* A subquery is run when its value is wanted, and not for the planner. */
static ParamExternData *
fetch_value(ParamListInfo params, int number, bool for_planner,
			ParamExternData *to)
{
	OuterValues *values = params->paramFetchArg;
	ParamListInfo given = values->given;
	ParamExecData *value;

	if (number <= values->ngiven)
		return given->paramFetch == NULL ? &given->params[number - 1] :
			given->paramFetch(given, number, for_planner, to);
	memset(to, 0, sizeof(*to));
	if (for_planner)
		return to;
	number -= values->ngiven + 1;
	value = &values->econtext->ecxt_param_exec_vals[number];
	if (value->execPlan != NULL)
		ExecSetParamPlan(value->execPlan, values->econtext);
	to->ptype = list_nth_oid(values->types, number);
	to->value = value->value;
	to->isnull = value->isnull;
	return to;
}

static ParamListInfo
take_values(ForeignScanState *node, Query **query)
{
	EState	   *estate = node->ss.ps.state;
	OuterValues *values = palloc0(sizeof(OuterValues));
	ParamListInfo params;

	values->given = estate->es_param_list_info;
	values->ngiven = values->given == NULL ? 0 : values->given->numParams;
	values->econtext = node->ss.ps.ps_ExprContext;
	values->types = estate->es_plannedstmt->paramExecTypes;
	*query = castNode(Query, take_value_mutator(copyObject((Node *) *query),
												values));
	params = makeParamList(0);
	params->paramFetch = fetch_value;
	params->paramFetchArg = values;
	params->numParams = values->ngiven + list_length(values->types);
	return params;
}

/* ------------------------------------------------------------------ */
/* The verdict														  */
/* ------------------------------------------------------------------ */

Verdict *
verdict_reach(ForeignScanState *node, Query *query, List *columns,
			  Statement *statement, bool is_generic)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "datrang verdict",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(cxt);
	Verdict    *verdict = palloc0(sizeof(Verdict));
	EState	   *estate = node->ss.ps.state;
	DestReceiver *dest = CreateDestReceiver(DestTuplestore);
	ParamListInfo params = take_values(node, &query);
	QueryDesc  *desc;

	verdict->cxt = cxt;
	verdict->columns = columns;
	verdict->rows = tuplestore_begin_heap(false, false, work_mem);
	SetTuplestoreDestReceiverParams(dest, verdict->rows, CurrentMemoryContext,
									true, NULL, NULL);
	PushActiveSnapshot(estate->es_snapshot);
	desc = CreateQueryDesc(plan_in_pieces(query, estate->es_sourceText,
										  is_generic ? NULL : params),
						   estate->es_sourceText, GetActiveSnapshot(),
						   InvalidSnapshot, dest, params,
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
	MemoryContextSwitchTo(before);
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
	MemoryContextDelete(verdict->cxt);
}
