/*-------------------------------------------------------------------------
 *
 * lookahead.c
 *	  A node that hands its input on, and can read it ahead.
 *
 * A scan that is run once for each of the node's rows asks here what the
 * parameters of its next runs will be.  Until somebody asks, rows go through
 * one by one; and where rows could raise an error, also as long as the
 * statement is run for some of its rows only (by a client with a fetch size,
 * a loop of PL/pgSQL), which may be all that are wanted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "executor/executor.h"
#include "lookahead.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "utils/memutils.h"

struct Lookahead
{
	CustomScanState css;
	int			id;
	List	   *params;			/* ints */
	List	   *values;			/* ExprStates of these */
	bool		may_fail;		/* to read ahead may raise an error */
	bool		ended;			/* so has the input */

	/* Rows read ahead; those before the last filling may be in use. */
	MemoryContext memory[2];
	int			filled;			/* which of them is in use */
	MinimalTuple *rows;
	int			nrows;
	int			next;			/* the first that is not handed out */

	ExprContext *cxt;			/* for the values of these rows */
	TupleTableSlot *slot;
	ParamExecData *saved;		/* NULL: parameters are as they were */

	Lookahead  *link;
	MemoryContextCallback on_reset;
};

/* Those of all running statements. */
static Lookahead *running;

/* The innermost of them is run for some of its rows only. */
static bool stops_early;
static ExecutorRun_hook_type next_run;

static Node *make_state(CustomScan *plan);
static void begin(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *execute(CustomScanState *node);
static void end(CustomScanState *node);
static void rescan(CustomScanState *node);

static const CustomScanMethods plan_methods = {
	.CustomName = "Datrang Lookahead",
	.CreateCustomScanState = make_state
};

static const CustomExecMethods state_methods = {
	.CustomName = "Datrang Lookahead",
	.BeginCustomScan = begin,
	.ExecCustomScan = execute,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan
};

static void
run(QueryDesc *query, ScanDirection direction, uint64 count COMPAT_RUN_ONCE)
{
	bool		before = stops_early;

	stops_early = count != 0;
	PG_TRY();
	{
		if (next_run != NULL)
			next_run(query, direction, count COMPAT_ONCE);
		else
			standard_ExecutorRun(query, direction, count COMPAT_ONCE);
	}
	PG_FINALLY();
	{
		stops_early = before;
	}
	PG_END_TRY();
}

void
lookahead_install(void)
{
	RegisterCustomScanMethods(&plan_methods);
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = run;
}

CustomScan *
lookahead_make(int id, bool may_fail, List *params, List *values)
{
	CustomScan *node = makeNode(CustomScan);

	node->methods = &plan_methods;
	node->custom_private = list_make3(makeInteger(id), params,
									  makeInteger(may_fail));
	node->custom_exprs = values;
	return node;
}

static Node *
make_state(CustomScan *plan)
{
	Lookahead  *ahead = (Lookahead *) newNode(sizeof(Lookahead),
											  T_CustomScanState);

	ahead->css.methods = &state_methods;
	ahead->id = intVal(linitial(plan->custom_private));
	ahead->params = lsecond(plan->custom_private);
	ahead->may_fail = intVal(lthird(plan->custom_private)) != 0;
	return (Node *) ahead;
}

/* ------------------------------------------------------------------ */
/* Execution														  */
/* ------------------------------------------------------------------ */

static void
forget(void *arg)
{
	Lookahead **link = &running;

	while (*link != NULL && *link != arg)
		link = &(*link)->link;
	if (*link != NULL)
		*link = (*link)->link;
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	Lookahead  *ahead = (Lookahead *) node;
	CustomScan *plan = castNode(CustomScan, node->ss.ps.plan);

	/* Nobody reads backwards what can be read ahead. */
	outerPlanState(node) = ExecInitNode(outerPlan(plan), estate,
										eflags & ~(EXEC_FLAG_BACKWARD |
												   EXEC_FLAG_MARK));
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	ahead->values = ExecInitExprList(plan->custom_exprs, &node->ss.ps);
	ahead->cxt = CreateExprContext(estate);
	ahead->slot = ExecInitExtraTupleSlot(estate,
										 node->ss.ss_ScanTupleSlot->tts_tupleDescriptor,
										 &TTSOpsVirtual);
	for (int i = 0; i < 2; i++)
		ahead->memory[i] = AllocSetContextCreate(estate->es_query_cxt,
												 "datrang lookahead",
												 ALLOCSET_DEFAULT_SIZES);
	ahead->on_reset.func = forget;
	ahead->on_reset.arg = ahead;
	MemoryContextRegisterResetCallback(estate->es_query_cxt,
									   &ahead->on_reset);
	ahead->link = running;
	running = ahead;
}

/* Of the input; an empty one at the end, as often as one asks. */
static TupleTableSlot *
input_row(Lookahead *ahead)
{
	TupleTableSlot *slot = NULL;

	if (!ahead->ended)
	{
		/* Who asks ahead may be in a context that does not last as long as
		 * what nodes make at their first row. */
		MemoryContext old =
			MemoryContextSwitchTo(ahead->css.ss.ps.state->es_query_cxt);

		slot = ExecProcNode(outerPlanState(&ahead->css));
		MemoryContextSwitchTo(old);
	}
	if (TupIsNull(slot))
	{
		ahead->ended = true;
		return NULL;
	}
	return slot;
}

static TupleTableSlot *
next_row(ScanState *node)
{
	Lookahead  *ahead = (Lookahead *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;
	TupleTableSlot *input;

	if (ahead->next < ahead->nrows)
		ExecForceStoreMinimalTuple(ahead->rows[ahead->next++], slot, false);
	else if ((input = input_row(ahead)) != NULL)
		ExecCopySlot(slot, input);
	else
		ExecClearTuple(slot);
	return slot;
}

static bool
recheck(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

static TupleTableSlot *
execute(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck);
}

static void
forget_rows(Lookahead *ahead)
{
	ahead->nrows = ahead->next = 0;
	ahead->ended = false;
}

static void
end(CustomScanState *node)
{
	forget(node);
	ExecEndNode(outerPlanState(node));
}

static void
rescan(CustomScanState *node)
{
	forget_rows((Lookahead *) node);
	ExecScanReScan(&node->ss);
	if (outerPlanState(node)->chgParam == NULL)
		ExecReScan(outerPlanState(node));
}

/* ------------------------------------------------------------------ */
/* Reading ahead													  */
/* ------------------------------------------------------------------ */

Lookahead *
lookahead_find(EState *estate, int id)
{
	Lookahead  *ahead = running;

	while (ahead != NULL &&
		   (ahead->css.ss.ps.state != estate || ahead->id != id))
		ahead = ahead->link;
	return ahead;
}

int
lookahead_fill(Lookahead *ahead, int rows)
{
	MemoryContext memory;
	TupleTableSlot *slot;

	if (ahead->next < ahead->nrows || ahead->ended || rows == 0 ||
		(stops_early && ahead->may_fail))
		return ahead->nrows - ahead->next;
	ahead->filled = 1 - ahead->filled;
	memory = ahead->memory[ahead->filled];
	MemoryContextReset(memory);
	ahead->rows = MemoryContextAlloc(memory, rows * sizeof(MinimalTuple));
	ahead->nrows = ahead->next = 0;
	while (ahead->nrows < rows && (slot = input_row(ahead)) != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(memory);

		ahead->rows[ahead->nrows++] = ExecCopySlotMinimalTuple(slot);
		MemoryContextSwitchTo(old);
	}
	return ahead->nrows;
}

static void
save_params(Lookahead *ahead)
{
	EState	   *estate = ahead->css.ss.ps.state;
	ListCell   *lc;

	ahead->saved = palloc(list_length(ahead->params) * sizeof(ParamExecData));
	foreach(lc, ahead->params)
		ahead->saved[foreach_current_index(lc)] =
			estate->es_param_exec_vals[lfirst_int(lc)];
}

void
lookahead_enter(Lookahead *ahead, int row)
{
	EState	   *estate = ahead->css.ss.ps.state;
	ListCell   *param;
	ListCell   *value;

	if (ahead->saved == NULL)
		save_params(ahead);
	ResetExprContext(ahead->cxt);
	ExecForceStoreMinimalTuple(ahead->rows[ahead->next + row], ahead->slot,
							   false);
	ahead->cxt->ecxt_scantuple = ahead->slot;
	forboth(param, ahead->params, value, ahead->values)
	{
		ParamExecData *data = &estate->es_param_exec_vals[lfirst_int(param)];

		data->execPlan = NULL;
		data->value = ExecEvalExprSwitchContext(lfirst(value), ahead->cxt,
												&data->isnull);
	}
}

void
lookahead_leave(Lookahead *ahead)
{
	EState	   *estate = ahead->css.ss.ps.state;
	ListCell   *lc;

	if (ahead->saved == NULL)
		return;
	foreach(lc, ahead->params)
		estate->es_param_exec_vals[lfirst_int(lc)] =
			ahead->saved[foreach_current_index(lc)];
	pfree(ahead->saved);
	ahead->saved = NULL;
}
