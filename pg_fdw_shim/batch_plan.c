/*-------------------------------------------------------------------------
 *
 * batch_plan.c
 *	  The request of a scan for many rows of other tables at a time.
 *
 * A correlated subquery, or the inner side of a nested loop, is a scan whose
 * parameters come from a row of another table.  For many rows they become a
 * relation of their own, which the scan's SELECT is joined with laterally:
 *
 *	  SELECT v.1, l.* FROM (VALUES (0, ...), (1, ...) ...) v,
 *		LATERAL (SELECT ... WHERE column = v.2) l ORDER BY v.1, ...
 *
 * So it is the same SELECT, with columns in place of values, and is made only
 * if it is shippable like that.  Where a column has to equal one of them, it
 * is also compared with the list of all of them: lists of values find row
 * groups, and columns of other relations do not.
 *
 * Deliberately absent: statements written as a whole and scans that use key
 * sets, both of which have most of their work done once; LIMITs of a number
 * that is another for each row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "batch.h"
#include "deparse.h"
#include "guc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rel_plan.h"
#include "utils/lsyscache.h"

/* ------------------------------------------------------------------ */
/* What varies														  */
/* ------------------------------------------------------------------ */

static bool
varies_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return shippable_varies((Param *) node);
	return expression_tree_walker(node, varies_walker, arg);
}

static bool
is_list(Node *node)
{
	return IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC &&
		((Param *) node)->paramid < 0;
}

static bool
all_shippable(PlannerInfo *root, RelOptInfo *rel, List *conditions)
{
	RelPlan    *plan = rel_plan(rel);
	ShipScope	scope;

	rel_plan_scope(root, rel, &scope);
	if (plan->kind == REL_TABLE)
		return shippable_clauses(&scope, conditions != NIL ? conditions :
								 plan->remote) == NULL;
	if (shippable_clauses(&scope, plan->remote) != NULL)
		return false;
	if (plan->kind == REL_JOIN)
		return shippable_clauses(&scope, plan->join_clauses) == NULL &&
			all_shippable(root, plan->outer, NIL) &&
			all_shippable(root, plan->inner, NIL);
	if (plan->input == NULL || !all_shippable(root, plan->input, NIL))
		return false;
	rel_plan_scope(root, plan->input, &scope);
	return shippable_clauses(&scope, plan->keys) == NULL;
}

static bool
outputs_shippable(PlannerInfo *root, RelOptInfo *rel, List *outputs)
{
	ShipScope	scope;
	ListCell   *lc;

	/* Mere columns, of which the types are not said. */
	if (rel_plan(rel)->kind == REL_TABLE)
		return true;
	rel_plan_scope(root, rel, &scope);
	foreach(lc, outputs)
		if (shippable_output(&scope, lfirst(lc)) != NULL)
			return false;
	return true;
}

/* ------------------------------------------------------------------ */
/* Lists of values													  */
/* ------------------------------------------------------------------ */

/*
 * "column = ANY (list)" for "column = value", or NULL.  *sources gets the
 * value, whose place there is said by the number of the parameter that stands
 * for the list.
 */
static Expr *
list_condition(const ShipScope *scope, Node *clause, List **sources)
{
	OpExpr	   *op = (OpExpr *) clause;
	ScalarArrayOpExpr *any;
	Param	   *list;
	Node	   *column;
	Node	   *value;
	Oid			opno;

	if (!IsA(clause, OpExpr) || list_length(op->args) != 2 ||
		!op_mergejoinable(op->opno, exprType(linitial(op->args))))
		return NULL;
	column = linitial(op->args);
	value = lsecond(op->args);
	opno = op->opno;
	if (IsA(column, Param))
	{
		column = lsecond(op->args);
		value = linitial(op->args);
		opno = get_commutator(opno);
	}
	if (!IsA(value, Param) || !shippable_varies((Param *) value) ||
		varies_walker(column, NULL) || !contain_var_clause(column) ||
		!OidIsValid(opno) ||
		!OidIsValid(get_array_type(exprType(value))))
		return NULL;
	list = makeNode(Param);
	list->paramkind = PARAM_EXEC;
	list->paramid = -1 - list_length(*sources);
	list->paramtype = get_array_type(exprType(value));
	list->paramtypmod = -1;
	list->paramcollid = exprCollation(value);
	list->location = -1;
	any = makeNode(ScalarArrayOpExpr);
	any->opno = opno;
	any->opfuncid = get_opcode(opno);
	any->useOr = true;
	any->inputcollid = op->inputcollid;
	any->args = list_make2(column, list);
	any->location = -1;
	if (shippable_expr(scope, (Node *) any) != NULL)
		return NULL;
	*sources = lappend(*sources, value);
	return (Expr *) any;
}

/* Sets, and later forgets, what the tables below are reduced by. */
static void
reduce_tables(PlannerInfo *root, RelOptInfo *rel, List *conditions,
			  List **sources)
{
	RelPlan    *plan = rel_plan(rel);
	ShipScope	scope;
	ListCell   *lc;

	if (plan->kind == REL_JOIN)
	{
		reduce_tables(root, plan->outer, NIL, sources);
		reduce_tables(root, plan->inner, NIL, sources);
	}
	else if (plan->input != NULL)
		reduce_tables(root, plan->input, NIL, sources);
	if (plan->kind != REL_TABLE)
		return;
	plan->reductions = NIL;
	if (sources == NULL)
		return;
	rel_plan_scope(root, rel, &scope);
	foreach(lc, conditions != NIL ? conditions : plan->remote)
	{
		Expr	   *condition = list_condition(&scope, lfirst(lc), sources);

		if (condition != NULL)
			plan->reductions = lappend(plan->reductions, condition);
	}
}

/* ------------------------------------------------------------------ */
/* The request														  */
/* ------------------------------------------------------------------ */

/* The same order among the rows of each; false if it cannot be kept. */
static bool
order_rows(PlannerInfo *root, RelOptInfo *rel, List *pathkeys,
		   List **outputs, StringInfo order)
{
	int			alias = batch_alias(root) + 1;
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *key = lfirst_node(PathKey, lc);
		const char *reason;
		Oid			sortop;
		Expr	   *expr = sort_expression(root, rel, key, &sortop, &reason);

		if (expr == NULL)
			return false;
		*outputs = lappend(*outputs, expr);
		appendStringInfo(order, " (%s (col %d \"%d\") %s %s)",
						 strcmp(get_opname(sortop), ">") == 0 ? "desc" : "asc",
						 alias, list_length(*outputs),
						 key->pk_nulls_first ? "first" : "last",
						 deparse_collation(key->pk_eclass->ec_collation));
	}
	return true;
}

static List *
kinds_of(List *params, List *sources)
{
	List	   *kinds = NIL;
	ListCell   *lc;

	foreach(lc, params)
	{
		Node	   *param = lfirst(lc);
		int			kind = BATCH_VALUE;

		if (is_list(param))
		{
			Node	   *source = list_nth(sources,
										  -1 - ((Param *) param)->paramid);
			ListCell   *at;

			foreach(at, params)
				if (equal(lfirst(at), source))
					kind = foreach_current_index(at) + 1;
		}
		else if (varies_walker(param, NULL))
			kind = BATCH_COLUMN;
		kinds = lappend_int(kinds, kind);
	}
	return kinds;
}

static List *
write_batch(PlannerInfo *root, RelOptInfo *rel, List *outputs,
			List *conditions, int flags, List *pathkeys, List **params)
{
	int			alias = batch_alias(root);
	int			count = list_length(outputs);
	List	   *sources = NIL;
	List	   *own = NIL;
	List	   *kinds;
	StringInfoData head;
	StringInfoData order;
	char	   *select;
	ListCell   *lc;

	initStringInfo(&order);
	outputs = list_copy(outputs);
	if (!all_shippable(root, rel, conditions) ||
		!outputs_shippable(root, rel, outputs) ||
		((flags & PATH_SORTED) != 0 &&
		 !order_rows(root, rel, pathkeys, &outputs, &order)))
		return NIL;
	reduce_tables(root, rel, conditions, &sources);
	select = deparse_select(root, rel, outputs, conditions, flags, pathkeys,
							&own);
	reduce_tables(root, rel, conditions, NULL);
	kinds = kinds_of(own, sources);
	if (!list_member_int(kinds, BATCH_COLUMN))
		return NIL;

	initStringInfo(&head);
	appendStringInfo(&head, "(select (output (col %d \"1\")", alias);
	for (int i = 1; i <= count; i++)
		appendStringInfo(&head, " (col %d \"%d\")", alias + 1, i);
	appendStringInfo(&head, ") (from (join inner (values %d", alias);
	foreach(lc, own)
		if (is_list(lfirst(lc)))
			lfirst(lc) = makeNullConst(((Param *) lfirst(lc))->paramtype, -1,
									   ((Param *) lfirst(lc))->paramcollid);
	select = psprintf(") (lateral %s %d) (const \"bool\" \"t\"))) (order (asc (col %d \"1\") last -)%s))",
					  select, alias + 1, alias, order.data);
	count = list_length(*params);
	*params = list_concat(*params, own);
	return list_make5(makeString(head.data), makeString(select), kinds,
					  makeInteger(count), makeInteger(0));
}

List *
batch_plan(PlannerInfo *root, RelOptInfo *rel, List *outputs,
		   List *conditions, int flags, List *pathkeys, List **params)
{
	List	   *volatile batch = NIL;

	if (!datrang_enable_batches || !datrang_enable_pushdown ||
		root->parse->commandType != CMD_SELECT || root->parse->rowMarks != NIL)
		return NIL;
	shippable_rows_vary = true;
	PG_TRY();
	{
		if (varies_walker((Node *) *params, NULL) &&
			((flags & PATH_LIMITED) == 0 ||
			 (!varies_walker(root->parse->limitCount, NULL) &&
			  !varies_walker(root->parse->limitOffset, NULL))))
			batch = write_batch(root, rel, outputs, conditions, flags,
								pathkeys, params);
	}
	PG_FINALLY();
	{
		shippable_rows_vary = false;
	}
	PG_END_TRY();
	return batch;
}
