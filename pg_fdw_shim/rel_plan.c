/*-------------------------------------------------------------------------
 *
 * rel_plan.c
 *	  What is common to the plans of tables, joins and groups.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "connection.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "rel_plan.h"

/* Whose user mapping counts: the view's owner or the session's user. */
Oid
rel_plan_user(RelOptInfo *rel)
{
	return OidIsValid(rel->userid) ? rel->userid : GetUserId();
}

/* What expressions over the relation's rows may name. */
void
rel_plan_scope(PlannerInfo *root, RelOptInfo *rel, ShipScope *scope)
{
	RelPlan    *plan = rel_plan(rel);
	RelOptInfo *rows = rel;

	memset(scope, 0, sizeof(*scope));
	scope->root = root;
	scope->announcement = connection_announcement(rel->serverid,
												  rel_plan_user(rel));
	for (; plan != NULL && plan->input != NULL; plan = rel_plan(rows))
	{
		if (plan->kind == REL_GROUPS)
		{
			scope->grouped = true;
			scope->keys = plan->keys;
		}
		rows = plan->input;
	}
	scope->relids = rows->relids;
	scope->certain = plan != NULL && plan->kind == REL_JOIN;
	if (plan != NULL)
		scope->relids = bms_difference(rows->relids, plan->hidden);
}

const char *
rel_plan_reason(const char *what, const char *why)
{
	return psprintf("%s -- because %s", what, why);
}

/* Applies the condition here. */
void
rel_plan_keep_local(RelPlan *plan, Node *condition, const char *why)
{
	plan->local = lappend(plan->local, condition);
	plan->local_reasons = lappend(plan->local_reasons,
								  makeString(pstrdup(why)));
}

/* Why the first of the local conditions is local. */
const char *
rel_plan_local_reason(RelPlan *plan)
{
	return strVal(linitial(plan->local_reasons));
}

/* Of each kind the first reason is kept: it is nearest to the relation. */
void
rel_plan_stop(RelOptInfo *rel, const char *what, const char *why)
{
	RelPlan    *plan = rel_plan(rel);
	const char *reason = rel_plan_reason(what, why);
	const char *line;

	if (plan == NULL)
		return;
	for (line = plan->stopped; line != NULL;
		 line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, what, strlen(what)) == 0)
			return;
	plan->stopped = plan->stopped == NULL ? reason :
		psprintf("%s\n%s", plan->stopped, reason);
}

/* What the sidecar would compute of columns without an error does not fail. */
static bool
is_certain_value(const ShipScope *scope, Node *value)
{
	bool		before = shippable_rows_vary;
	volatile bool certain = false;

	shippable_rows_vary = true;
	PG_TRY();
	{
		certain = shippable_certain(scope, value);
	}
	PG_FINALLY();
	{
		shippable_rows_vary = before;
	}
	PG_END_TRY();
	return certain;
}

static bool
failing_value_walker(Node *node, const ShipScope *scope)
{
	if (node == NULL)
		return false;
	if (shippable_whole_param(node))
		return shippable_may_have_no_value(node) && !is_certain_value(scope, node);
	return expression_tree_walker(node, failing_value_walker, (void *) scope);
}

/*
 * Values are computed before the request is sent, and PostgreSQL computes them
 * for a row that needs them.  A table's scan can do without one that fails;
 * for what is above tables this is NULL or the reason to stay here.
 */
const char *
rel_plan_refuse_values(const ShipScope *scope, Node *exprs)
{
	return failing_value_walker(exprs, scope) ?
		"a value to compute with may raise an error, and no row need it" :
		NULL;
}
