/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  An expression's value, or that there is none.
 *
 * Values that a request compares columns with are computed before there is
 * any row.  PostgreSQL computes them for rows that other conditions have let
 * through, perhaps for none: so an error of theirs is none yet.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "executor/nodeSubplan.h"
#include "guard.h"
#include "nodes/nodeFuncs.h"
#include "utils/resowner.h"

typedef struct SubqueryRun
{
	ExprContext *econtext;
	bool		is_lazy;
} SubqueryRun;

/* Some of it is evaluated only if the rest says so. */
static bool
is_lazy(Node *node)
{
	return IsA(node, CaseExpr) || IsA(node, CoalesceExpr) ||
		is_andclause(node) || is_orclause(node);
}

/*
 * Subqueries run once are left to fail: they cannot be run again.  True if
 * there is one that perhaps should not run at all.
 */
static bool
run_subqueries_walker(Node *node, SubqueryRun *run)
{
	bool		was_lazy = run->is_lazy;
	bool		found;

	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		int			id = ((Param *) node)->paramid;
		SubPlanState *subquery = run->econtext->ecxt_param_exec_vals[id].execPlan;

		if (subquery == NULL)
			return false;
		if (run->is_lazy)
			return true;
		ExecSetParamPlan(subquery, run->econtext);
	}
	run->is_lazy = was_lazy || is_lazy(node);
	found = expression_tree_walker(node, run_subqueries_walker, run);
	run->is_lazy = was_lazy;
	return found;
}

bool
guard_is_of_value(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_TO_CATEGORY(ERRCODE_CONNECTION_EXCEPTION):
		case ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK):
		case ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES):
		case ERRCODE_TO_CATEGORY(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE):
		case ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION):
		case ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR):
		case ERRCODE_TO_CATEGORY(ERRCODE_FDW_ERROR):
		case ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR):
			return false;
		default:
			return true;
	}
}

bool
guard_waits(ExprState *state, ExprContext *econtext)
{
	SubqueryRun run = {econtext, true};

	return run_subqueries_walker((Node *) state->expr, &run);
}

bool
guard_run(void (*run) (void *), void *arg, bool (*ignore) (int))
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool ok = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		run(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(cxt);
		CurrentResourceOwner = owner;
		if (!ignore(error->sqlerrcode))
			ReThrowError(error);
		elog(DEBUG1, "done without, because: %s", error->message);
		FreeErrorData(error);
		ok = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	return ok;
}

typedef struct Evaluation
{
	ExprState  *state;
	ExprContext *econtext;
	Datum		value;
	bool		isnull;
} Evaluation;

static void
evaluate(void *arg)
{
	Evaluation *it = arg;
	bool		isnull;

	/* If it fails the value stays NULL. */
	it->value = ExecEvalExpr(it->state, it->econtext, &isnull);
	it->isnull = isnull;
}

bool
guard_evaluate(ExprState *state, ExprContext *econtext, Datum *value,
			   bool *isnull)
{
	SubqueryRun run = {econtext, false};
	Evaluation	it = {state, econtext, (Datum) 0, true};
	bool		computed = !run_subqueries_walker((Node *) state->expr, &run) &&
		guard_run(evaluate, &it, guard_is_of_value);

	*value = it.value;
	*isnull = it.isnull;
	return computed;
}
