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

/* Subqueries run once are left to fail: they cannot be run again. */
static bool
run_subqueries_walker(Node *node, ExprContext *econtext)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		int			id = ((Param *) node)->paramid;
		SubPlanState *subquery = econtext->ecxt_param_exec_vals[id].execPlan;

		if (subquery != NULL)
			ExecSetParamPlan(subquery, econtext);
	}
	return expression_tree_walker(node, run_subqueries_walker, econtext);
}

/* As the sidecar's errors of data, see grpc_error.c. */
static bool
is_of_data(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_CARDINALITY_VIOLATION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED ||
		sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

bool
guard_evaluate(ExprState *state, ExprContext *econtext, Datum *value,
			   bool *isnull)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool computed = true;

	(void) run_subqueries_walker((Node *) state->expr, econtext);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		*value = ExecEvalExpr(state, econtext, isnull);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		int			sqlstate = geterrcode();

		if (!is_of_data(sqlstate))
			PG_RE_THROW();
		MemoryContextSwitchTo(cxt);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		*value = (Datum) 0;
		*isnull = true;
		computed = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	return computed;
}
