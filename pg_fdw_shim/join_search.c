/*-------------------------------------------------------------------------
 *
 * join_search.c
 *	  The order of joins that the sidecar computes together.
 *
 * core looks for the best of all orders, and for each join on the way makes
 * paths of its own: half of the time that such a statement is planned for
 * (TPC-H's Q5: 1.6 ms, 0.5 without).  The sidecar's engine has an optimizer
 * of its own, to which one order is as good as another.  So tables
 * of one server are joined as they are connected, and only if what comes of
 * that is no scan does core search.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "join_search.h"
#include "optimizer/geqo.h"
#include "optimizer/joininfo.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "rel_plan.h"

/* With fewer relations there is little to search. */
#define RELATIONS_MIN 4

static join_search_hook_type next_search;

/* Can the sidecar compute each of them, and is it the same one? */
static bool
are_all_of_one_server(List *rels)
{
	RelOptInfo *first = linitial(rels);
	ListCell   *lc;

	foreach(lc, rels)
	{
		RelOptInfo *rel = lfirst(lc);

		if (rel->fdwroutine == NULL ||
			rel->fdwroutine->GetForeignJoinPaths != join_paths ||
			rel->serverid != first->serverid || rel->userid != first->userid ||
			rel_plan(rel) == NULL || rel_plan(rel)->local != NIL)
			return false;
	}
	return true;
}

/* The relation joined with one of the others that it is connected with. */
static RelOptInfo *
join_next(PlannerInfo *root, RelOptInfo *joined, List *others,
		  RelOptInfo **next)
{
	ListCell   *lc;

	foreach(lc, others)
	{
		RelOptInfo *made = NULL;

		*next = lfirst(lc);
		if (have_relevant_joinclause(root, joined, *next) ||
			have_join_order_restriction(root, joined, *next))
			made = make_join_rel(root, joined, *next);
		if (made != NULL)
			return made;
	}
	return NULL;
}

/* All of them joined by the sidecar; NULL if that is not how to do it. */
static RelOptInfo *
join_connected(PlannerInfo *root, List *rels)
{
	List	   *others = list_copy_tail(rels, 1);
	RelOptInfo *joined = linitial(rels);

	while (others != NIL)
	{
		RelOptInfo *next;

		joined = join_next(root, joined, others, &next);
		if (joined == NULL || joined->fdw_private == NULL)
			return NULL;
		set_cheapest(joined);
		others = list_delete_ptr(others, next);
	}
	return IsA(joined->cheapest_total_path, ForeignPath) ? joined : NULL;
}

static RelOptInfo *
core_search(PlannerInfo *root, int levels_needed, List *rels)
{
	if (next_search != NULL)
		return next_search(root, levels_needed, rels);
	if (enable_geqo && levels_needed >= geqo_threshold)
		return geqo(root, levels_needed, rels);
	return standard_join_search(root, levels_needed, rels);
}

static RelOptInfo *
search(PlannerInfo *root, int levels_needed, List *rels)
{
	int			made_before = list_length(root->join_rel_list);
	struct HTAB *hash = root->join_rel_hash;
	RelOptInfo *joined;
	List	   *stopped = NIL;
	ListCell   *rel;
	ListCell   *before;

	if (levels_needed < RELATIONS_MIN || !are_all_of_one_server(rels))
		return core_search(root, levels_needed, rels);
	foreach(rel, rels)
		stopped = lappend(stopped, (void *) rel_plan(lfirst(rel))->stopped);
	root->join_rel_hash = NULL; /* made again if it is needed */
	joined = join_connected(root, rels);
	if (joined != NULL)
		return joined;
	forboth(rel, rels, before, stopped)
		rel_plan(lfirst(rel))->stopped = lfirst(before);
	root->join_rel_list = list_truncate(root->join_rel_list, made_before);
	root->join_rel_hash = hash;
	return core_search(root, levels_needed, rels);
}

void
join_search_install(void)
{
	next_search = join_search_hook;
	join_search_hook = search;
}
