/*-------------------------------------------------------------------------
 *
 * lookahead_plan.c
 *	  Where rows are read ahead.
 *
 * The planner knows nothing of it: a finished plan is changed.  A node goes
 * onto the outer side of a nested loop whose inner side holds a scan that can
 * ask for many rows at once (batch_plan.c), and onto a scan or join whose
 * outputs or conditions call a subplan with such a scan; there it takes over
 * both.
 *
 * To read ahead is to evaluate what PostgreSQL might never have come to, if
 * something above stops early.  There it is done only where nothing below can
 * raise an error.  Volatile functions below forbid it everywhere.  Whether a
 * statement is run to its end is known when it runs (lookahead.c), which
 * matters unless something above reads all rows before it yields one.
 *
 * Deliberately absent: subplans in the conditions of joins themselves, and in
 * arguments of aggregates and window functions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "batch.h"
#include "compat.h"
#include "datrang_fdw.h"
#include "lookahead.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "shippable.h"
#include "whole.h"

typedef struct Pass
{
	PlannedStmt *stmt;
	int			last_id;
} Pass;

/* How many of a node's rows are read. */
typedef enum Reach
{
	READ_ALL,
	READ_IF_STATEMENT_IS,		/* all, if those of the statement are */
	READ_SOME
} Reach;

/* What a node calls. */
typedef struct Calls
{
	Pass	   *pass;
	List	   *scans;			/* that can ask for many rows */
	List	   *params;			/* ints */
	List	   *values;			/* of these */
} Calls;

/* ------------------------------------------------------------------ */
/* Scans															  */
/* ------------------------------------------------------------------ */

static bool
collect_params(Node *node, Bitmapset **ids)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*ids = bms_add_member(*ids, ((Param *) node)->paramid);
	return expression_tree_walker(node, collect_params, ids);
}

/* Lists the plans right below a plan. */
static List *
children(Plan *plan)
{
	List	   *list = NIL;

	if (IsA(plan, Append))
		list = list_copy(((Append *) plan)->appendplans);
	else if (IsA(plan, MergeAppend))
		list = list_copy(((MergeAppend *) plan)->mergeplans);
	else if (IsA(plan, SubqueryScan))
		list = list_make1(((SubqueryScan *) plan)->subplan);
	if (plan->lefttree != NULL)
		list = lappend(list, plan->lefttree);
	if (plan->righttree != NULL)
		list = lappend(list, plan->righttree);
	return list;
}

static List *
batch_of(Plan *plan)
{
	ForeignScan *scan = (ForeignScan *) plan;

	if (!IsA(plan, ForeignScan) || !whole_is_our_scan(plan) ||
		list_length(scan->fdw_private) <= FDW_PRIVATE_BATCH)
		return NIL;
	return list_nth(scan->fdw_private, FDW_PRIVATE_BATCH);
}

/* The scans below that depend on a parameter, and have no lookahead yet. */
static List *
scans_below(Plan *plan, Bitmapset *params)
{
	List	   *batch;
	List	   *found = NIL;
	ListCell   *lc;

	if (plan == NULL)
		return NIL;
	batch = batch_of(plan);
	if (batch != NIL && intVal(list_nth(batch, BATCH_LOOKAHEAD)) == 0)
	{
		Bitmapset  *used = NULL;

		collect_params((Node *) ((ForeignScan *) plan)->fdw_exprs, &used);
		if (bms_overlap(used, params))
			found = list_make1(plan);
	}
	foreach(lc, children(plan))
		found = list_concat(found, scans_below(lfirst(lc), params));
	return found;
}

static void
assign(List *scans, int id)
{
	ListCell   *lc;

	foreach(lc, scans)
		intVal(list_nth(batch_of(lfirst(lc)), BATCH_LOOKAHEAD)) = id;
}

/* ------------------------------------------------------------------ */
/* May rows be read ahead											  */
/* ------------------------------------------------------------------ */

/*
 * Functions that look at anything may fail unless they are leakproof; those
 * of constants alone the planner has computed, unless they are mutable.
 */
static bool
can_fail(Node *expr)
{
	return contain_subplans(expr) || contain_mutable_functions(expr) ||
		shippable_can_fail(expr);
}

static bool
is_harmless_expr(Node *expr, bool partial)
{
	Bitmapset  *params = NULL;
	ListCell   *lc;

	if (expr != NULL && IsA(expr, List))
	{
		foreach(lc, (List *) expr)
			if (!is_harmless_expr(lfirst(lc), partial))
				return false;
		return true;
	}
	if (expr != NULL && IsA(expr, TargetEntry))
		expr = (Node *) ((TargetEntry *) expr)->expr;
	(void) collect_params(expr, &params);
	return !contain_volatile_functions(expr) &&
		(!partial || (bms_is_empty(params) && !can_fail(expr)));
}

/* Of what nodes compute, that is all that can fail. */
static bool
is_harmless(Plan *plan, bool partial)
{
	ListCell   *lc;

	check_stack_depth();
	if (!is_harmless_expr((Node *) plan->targetlist, partial) ||
		!is_harmless_expr((Node *) plan->qual, partial))
		return false;
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			if (!is_harmless_expr((Node *) ((IndexScan *) plan)->indexqual,
								  partial))
				return false;
			break;
		case T_IndexOnlyScan:
			if (!is_harmless_expr((Node *) ((IndexOnlyScan *) plan)->indexqual,
								  partial))
				return false;
			break;
		case T_BitmapIndexScan:
			if (!is_harmless_expr((Node *) ((BitmapIndexScan *) plan)->indexqual,
								  partial))
				return false;
			break;
		case T_SeqScan:
		case T_BitmapHeapScan:
		case T_SubqueryScan:
		case T_ValuesScan:
		case T_Append:
		case T_MergeAppend:
		case T_Material:
		case T_Memoize:
		case T_Hash:
		case T_Sort:
		case T_IncrementalSort:
		case T_Unique:
		case T_Limit:
		case T_Result:
			break;
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
			if (!is_harmless_expr((Node *) ((Join *) plan)->joinqual, partial))
				return false;
			if (IsA(plan, HashJoin) &&
				!is_harmless_expr((Node *) ((HashJoin *) plan)->hashclauses,
								  partial))
				return false;
			if (IsA(plan, MergeJoin) &&
				!is_harmless_expr((Node *) ((MergeJoin *) plan)->mergeclauses,
								  partial))
				return false;
			break;
		default:
			/* Functions in FROM, CTEs, aggregates, what is remote, and so on. */
			if (partial)
				return false;
			break;
	}
	if (IsA(plan, ValuesScan) &&
		!is_harmless_expr((Node *) ((ValuesScan *) plan)->values_lists,
						  partial))
		return false;
	foreach(lc, children(plan))
		if (!is_harmless(lfirst(lc), partial))
			return false;
	return true;
}

/* ------------------------------------------------------------------ */
/* Nodes															  */
/* ------------------------------------------------------------------ */

/* A node that yields all of a plan's columns; its expressions are to follow. */
static CustomScan *
put_above(Plan *plan, Reach reach, int id, List *params, List *values)
{
	bool		may_fail = reach != READ_ALL &&
		(!is_harmless(plan, true) ||
		 !is_harmless_expr((Node *) values, true));
	CustomScan *node = lookahead_make(id, may_fail, params, values);
	Plan	   *as_plan = &node->scan.plan;
	ListCell   *lc;

	as_plan->startup_cost = plan->startup_cost;
	as_plan->total_cost = plan->total_cost;
	as_plan->plan_rows = plan->plan_rows;
	as_plan->plan_width = plan->plan_width;
	as_plan->plan_node_id = plan->plan_node_id;
	as_plan->extParam = bms_copy(plan->extParam);
	as_plan->allParam = bms_copy(plan->allParam);
	as_plan->lefttree = plan;
	foreach(lc, plan->targetlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		Expr	   *expr = entry->expr;
		Var		   *below = makeVar(OUTER_VAR, entry->resno,
									exprType((Node *) expr),
									exprTypmod((Node *) expr),
									exprCollation((Node *) expr), 0);
		Var		   *var = copyObject(below);
		TargetEntry *output = flatCopyTargetEntry(entry);

		var->varno = INDEX_VAR;
		output->expr = (Expr *) var;
		as_plan->targetlist = lappend(as_plan->targetlist, output);
		node->custom_scan_tlist = lappend(node->custom_scan_tlist,
										  makeTargetEntry((Expr *) below,
														  entry->resno, NULL,
														  false));
	}
	return node;
}

/* Of a nested loop: the values for its inner side. */
static void
look_ahead_of_loop(Pass *pass, NestLoop *loop, Reach reach)
{
	Bitmapset  *ids = NULL;
	List	   *params = NIL;
	List	   *values = NIL;
	List	   *scans;
	ListCell   *lc;

	foreach(lc, loop->nestParams)
	{
		NestLoopParam *param = lfirst_node(NestLoopParam, lc);
		Var		   *var = copyObject(param->paramval);

		if (!IsA(var, Var) || var->varno != OUTER_VAR || var->varattno <= 0)
			return;
		var->varno = INDEX_VAR;
		ids = bms_add_member(ids, param->paramno);
		params = lappend_int(params, param->paramno);
		values = lappend(values, var);
	}
	scans = scans_below(loop->join.plan.righttree, ids);
	/* The values are columns, and cannot fail. */
	if (scans == NIL ||
		!is_harmless(loop->join.plan.lefttree, reach == READ_SOME))
		return;
	assign(scans, ++pass->last_id);
	loop->join.plan.lefttree = (Plan *) put_above(loop->join.plan.lefttree,
												  reach, pass->last_id, params,
												  values);
}

/* Something that a node itself yields. */
static bool
is_column(Node *node)
{
	return IsA(node, Var) || IsA(node, Aggref) || IsA(node, GroupingFunc);
}

/* Collects the subplans in an expression whose scans can ask ahead. */
static bool
collect_calls(Node *node, Calls *calls)
{
	if (node == NULL || is_column(node))
		return false;
	if (IsA(node, SubPlan))
	{
		SubPlan    *subplan = (SubPlan *) node;
		Plan	   *plan = list_nth(calls->pass->stmt->subplans,
									subplan->plan_id - 1);
		Bitmapset  *ids = NULL;
		List	   *scans;
		ListCell   *lc;

		foreach(lc, subplan->parParam)
			ids = bms_add_member(ids, lfirst_int(lc));
		scans = subplan->useHashTable || ids == NULL ||
			contain_subplans((Node *) subplan->args) ||
			contain_volatile_functions((Node *) subplan->args) ? NIL :
			scans_below(plan, ids);
		if (scans == NIL)
			return false;
		calls->scans = list_concat(calls->scans, scans);
		calls->params = list_concat(calls->params, subplan->parParam);
		calls->values = list_concat(calls->values, subplan->args);
		return false;
	}
	return expression_tree_walker(node, collect_calls, calls);
}

static bool
collect_vars(Node *node, List **vars)
{
	if (node == NULL)
		return false;
	if (is_column(node))
	{
		*vars = list_append_unique(*vars, node);
		return false;
	}
	return expression_tree_walker(node, collect_vars, vars);
}

/* As what the node above the columns sees them. */
static Node *
see_columns(Node *node, List *vars)
{
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	if (is_column(node))
	{
		Var		   *var;
		AttrNumber	column = 0;

		foreach(lc, vars)
			if (equal(lfirst(lc), node))
				column = foreach_current_index(lc) + 1;
		if (column == 0)
			elog(ERROR, "column is missing below a lookahead");
		var = IsA(node, Var) ? copyObject((Var *) node) :
			makeVar(INDEX_VAR, column, exprType(node), exprTypmod(node),
					exprCollation(node), 0);
		var->varno = INDEX_VAR;
		var->varattno = column;
		return (Node *) var;
	}
	return expression_tree_mutator(node, see_columns, vars);
}

static bool
can_be_split(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_SubqueryScan:
		case T_FunctionScan:
		case T_ValuesScan:
		case T_CteScan:
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
		case T_Agg:
			return true;
		case T_Result:
			return plan->lefttree != NULL;
		default:
			return false;
	}
}

/* Of what calls subplans: a node above it does so. */
static Plan *
look_ahead_of_calls(Pass *pass, Plan *plan, Reach reach)
{
	bool		partial = reach == READ_SOME;
	Calls		calls = {pass, NIL, NIL, NIL};
	List	   *moved = NIL;
	List	   *kept = NIL;
	List	   *vars = NIL;
	List	   *outputs;
	List	   *old_outputs = plan->targetlist;
	List	   *old_quals = plan->qual;
	CustomScan *node;
	ListCell   *lc;

	if (!can_be_split(plan) || plan->parallel_aware)
		return plan;
	foreach(lc, plan->qual)
	{
		int			before = list_length(calls.scans);

		(void) collect_calls(lfirst(lc), &calls);
		/* What comes after one that moves does, too: policies come first. */
		if (moved != NIL || list_length(calls.scans) > before)
			moved = lappend(moved, lfirst(lc));
		else
			kept = lappend(kept, lfirst(lc));
	}
	(void) collect_calls((Node *) plan->targetlist, &calls);
	if (calls.scans == NIL)
		return plan;
	outputs = plan->targetlist;
	(void) collect_vars((Node *) outputs, &vars);
	(void) collect_vars((Node *) moved, &vars);
	plan->targetlist = NIL;
	plan->qual = kept;
	foreach(lc, vars)
		plan->targetlist = lappend(plan->targetlist,
								   makeTargetEntry(copyObject(lfirst(lc)),
												   foreach_current_index(lc) + 1,
												   NULL, false));
	if (vars == NIL || !is_harmless(plan, partial) ||
		!is_harmless_expr((Node *) calls.values, partial))
	{
		plan->targetlist = old_outputs;
		plan->qual = old_quals;
		return plan;
	}
	assign(calls.scans, ++pass->last_id);
	node = put_above(plan, reach, pass->last_id, calls.params,
					 (List *) see_columns((Node *) calls.values, vars));
	node->scan.plan.targetlist = (List *) see_columns((Node *) outputs, vars);
	node->scan.plan.qual = (List *) see_columns((Node *) moved, vars);
	return (Plan *) node;
}

/* ------------------------------------------------------------------ */
/* The plan															  */
/* ------------------------------------------------------------------ */

static Plan *walk(Pass *pass, Plan *plan, Reach reach, bool keep);

static void
walk_list(Pass *pass, List *plans, Reach reach)
{
	ListCell   *lc;

	foreach(lc, plans)
		lfirst(lc) = walk(pass, lfirst(lc), reach, false);
}

/* Of a node's input. */
static Reach
reach_below(Plan *plan, Reach reach)
{
	switch (nodeTag(plan))
	{
		case T_Sort:
		case T_Hash:
			return READ_ALL;
		case T_Agg:
			/* Others stop after the groups that somebody wants. */
			return ((Agg *) plan)->aggstrategy == AGG_PLAIN ||
				((Agg *) plan)->aggstrategy == AGG_HASHED ? READ_ALL : reach;
		case T_Limit:
		case T_MergeJoin:
		case T_MergeAppend:
		case T_WindowAgg:
			return READ_SOME;
		case T_NestLoop:
		case T_HashJoin:
			return ((Join *) plan)->jointype == JOIN_SEMI ? READ_SOME : reach;
		default:
			return reach;
	}
}

/* Of its outer input: where the other one is empty, a hash join ends. */
static Reach
reach_outer(Plan *plan, Reach reach)
{
	return IsA(plan, HashJoin) &&
		(((Join *) plan)->jointype == JOIN_INNER ||
		 ((Join *) plan)->jointype == JOIN_RIGHT) ? READ_SOME :
		reach_below(plan, reach);
}

/* "keep": what is above wants this very node. */
static Plan *
walk(Pass *pass, Plan *plan, Reach reach, bool keep)
{
	Reach		below;

	if (plan == NULL || IsA(plan, Gather) || IsA(plan, GatherMerge))
		return plan;
	check_stack_depth();
	below = reach_below(plan, reach);
	if (IsA(plan, Append))
		walk_list(pass, ((Append *) plan)->appendplans, below);
	else if (IsA(plan, MergeAppend))
		walk_list(pass, ((MergeAppend *) plan)->mergeplans, below);
	else if (IsA(plan, SubqueryScan))
		((SubqueryScan *) plan)->subplan =
			walk(pass, ((SubqueryScan *) plan)->subplan, below, false);
	else if (!IsA(plan, BitmapHeapScan))
	{
		plan->lefttree = walk(pass, plan->lefttree, reach_outer(plan, reach),
							  false);
		plan->righttree = walk(pass, plan->righttree,
							   IsA(plan, NestLoop) ? READ_SOME : below,
							   IsA(plan, MergeJoin));
	}
	if (IsA(plan, NestLoop) && ((NestLoop *) plan)->nestParams != NIL)
		look_ahead_of_loop(pass, (NestLoop *) plan, reach);
	return keep ? plan : look_ahead_of_calls(pass, plan, reach);
}

static bool
can_ask_ahead(Plan *plan)
{
	ListCell   *lc;

	if (plan == NULL)
		return false;
	check_stack_depth();
	if (batch_of(plan) != NIL)
		return true;
	foreach(lc, children(plan))
		if (can_ask_ahead(lfirst(lc)))
			return true;
	return false;
}

void
lookahead_add(PlannedStmt *stmt)
{
	Pass		pass = {stmt, 0};
	bool		found = can_ask_ahead(stmt->planTree);
	ListCell   *lc;

	foreach(lc, stmt->subplans)
		found |= can_ask_ahead(lfirst(lc));
	if (!found || stmt->commandType != CMD_SELECT || stmt->rowMarks != NIL)
		return;
	/* Subplans are often left before their end. */
	walk_list(&pass, stmt->subplans, READ_SOME);
	stmt->planTree = walk(&pass, stmt->planTree, READ_IF_STATEMENT_IS, false);
}
