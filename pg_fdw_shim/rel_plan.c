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
	if (plan != NULL)
		scope->relids = bms_difference(rows->relids, plan->hidden);
}

const char *
rel_plan_reason(const char *what, const char *why)
{
	return psprintf("%s -- because %s", what, why);
}

/* The first reason is kept: it is nearest to the relation. */
void
rel_plan_stop(RelOptInfo *rel, const char *what, const char *why)
{
	RelPlan    *plan = rel_plan(rel);

	if (plan != NULL && plan->stopped == NULL)
		plan->stopped = rel_plan_reason(what, why);
}
