/*-------------------------------------------------------------------------
 *
 * test_order.c
 *	  Which of several conditions is tested first.
 *
 * PostgreSQL tests conditions in the order of their security levels and costs,
 * each for rows only that have passed those before.  The engine's order is its
 * own choice.  So a condition that may raise an error is sent in a CASE below
 * all that PostgreSQL tests before it.  The others are sent as they are too,
 * for the index to leave out row groups by.
 *
 * That is for joins, groups and LIMITs beside other tables: most have pieces
 * that are run when they fail (pieces.c), which is slow, and some have none.  A
 * scan of one table begins anew (careful_scan).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "rel_plan.h"
#include "test_order.h"

typedef struct Test
{
	Node	   *condition;
	Cost		cost;
	Index		security_level;
} Test;

bool		test_order_pieces_follow = false;
bool		test_order_matters = false;

/* As order_qual_clauses() of PostgreSQL's createplan.c sees it. */
static void
describe(PlannerInfo *root, RelOptInfo *rel, Node *condition, Test *test)
{
	QualCost	cost;
	ListCell   *lc;

	cost_qual_eval_node(&cost, condition, root);
	test->condition = condition;
	test->cost = cost.per_tuple;
	test->security_level = 0;
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if ((Node *) info->clause == condition &&
			!(info->leakproof && cost.per_tuple <= 10 * cpu_operator_cost))
			test->security_level = info->security_level;
	}
}

static bool
is_tested_before(const Test *a, const Test *b)
{
	return a->security_level < b->security_level ||
		(a->security_level == b->security_level && a->cost < b->cost);
}

/* Of those that are alike the first one stays first. */
static List *
in_order(PlannerInfo *root, RelOptInfo *rel, List *conditions)
{
	Test	   *tests = palloc(sizeof(Test) * list_length(conditions));
	List	   *ordered = NIL;
	int			count = 0;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		Test		test;
		int			at = count++;

		describe(root, rel, lfirst(lc), &test);
		for (; at > 0 && is_tested_before(&test, &tests[at - 1]); at--)
			tests[at] = tests[at - 1];
		tests[at] = test;
	}
	for (int i = 0; i < count; i++)
		ordered = lappend(ordered, tests[i].condition);
	return ordered;
}

/* CASE WHEN the ones before THEN the condition END */
static Node *
guarded(List *before, Node *condition)
{
	CaseExpr   *expr = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);

	when->expr = make_ands_explicit(list_copy(before));
	when->result = (Expr *) condition;
	when->location = -1;
	expr->casetype = BOOLOID;
	expr->args = list_make1(when);
	expr->location = -1;
	return (Node *) expr;
}

static bool
has_uncertain(PlannerInfo *root, RelOptInfo *rel, List *conditions)
{
	ShipScope	scope;
	ListCell   *lc;

	rel_plan_scope(root, rel, &scope);
	foreach(lc, conditions)
		if (!shippable_certain(&scope, lfirst(lc)))
			return true;
	return false;
}

List *
test_order_guard(PlannerInfo *root, RelOptInfo *rel, List *conditions)
{
	List	   *sent = NIL;
	List	   *before = NIL;
	ShipScope	scope;
	ListCell   *lc;

	if (!has_uncertain(root, rel, conditions))
		return conditions;
	if (test_order_pieces_follow)
	{
		test_order_matters = true;
		return conditions;
	}
	rel_plan_scope(root, rel, &scope);
	foreach(lc, in_order(root, rel, conditions))
	{
		Node	   *condition = lfirst(lc);

		if (before != NIL && !shippable_certain(&scope, condition))
		{
			condition = guarded(before, condition);
			/* It is true only if all of these are. */
			before = NIL;
		}
		before = lappend(before, condition);
		sent = lappend(sent, condition);
	}
	return sent;
}

/* Groups are computed of all rows that there are. */
static bool
may_fail_later(PlannerInfo *root, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);

	if (plan->kind == REL_JOIN)
		return may_fail_later(root, plan->outer) ||
			may_fail_later(root, plan->inner);
	return has_uncertain(root, rel, plan->remote);
}

const char *
test_order_refuse_limit(PlannerInfo *root, RelOptInfo *rel)
{
	if (!may_fail_later(root, rel))
		return NULL;
	test_order_matters = true;
	return test_order_pieces_follow ? NULL :
		"a condition may raise an error for rows that are not needed";
}
