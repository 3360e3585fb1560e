/*-------------------------------------------------------------------------
 *
 * rel_plan.h
 *	  What of a relation the sidecar computes, and the choice to let it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_REL_PLAN_H
#define DATRANG_REL_PLAN_H

#include "estimate.h"
#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"
#include "shippable.h"

typedef enum RelPlanKind
{
	REL_TABLE,
	REL_JOIN,
	REL_GROUPS,
	REL_DISTINCT,
	REL_ORDERED,				/* only says that its input can be sorted */
	REL_STATEMENT				/* a statement as a whole */
} RelPlanKind;

/*
 * In fdw_private of a relation that the sidecar can compute (a table: always).
 * Its rows are those the local conditions hold for, among what it sends.
 */
typedef struct RelPlan
{
	RelPlanKind kind;
	List	   *remote;			/* conditions it applies; of groups: HAVING */
	List	   *local;			/* those applied here */
	List	   *local_reasons;	/* Strings: why, of each */
	const char *stopped;		/* why what is above is computed here: lines */

	/* What it costs there, and how many rows come back. */
	double		rows;
	double		result_rows;	/* after the local conditions */
	Cost		work;
	Cost		startup_cost;
	Cost		total_cost;

	/* table */
	Bitmapset  *used;			/* attributes, offset as in pull_varattnos */
	Estimate	estimate;
	List	   *key_sets;		/* KeySets it can be reduced by */
	List	   *reductions;		/* their conditions, while a SELECT of a path
								 * that uses them is written */

	/* join */
	RelOptInfo *outer;
	RelOptInfo *inner;
	JoinType	jointype;
	List	   *join_clauses;
	Relids		hidden;			/* no column of these can be named above */

	/* groups, distinct, ordered */
	RelOptInfo *input;
	PathTarget *target;
	List	   *tlist;			/* the sidecar's output, as TargetEntries */
	List	   *keys;			/* expressions */

	/* statement */
	struct WholeScan *statement;
} RelPlan;

/* What a path adds to its relation; an int in its fdw_private. */
#define PATH_SORTED		0x1		/* by the path's pathkeys */
#define PATH_LIMITED	0x2		/* by the query's LIMIT and OFFSET */

/* A round trip, in units of seq_page_cost. */
#define STARTUP_COST 20.0
/* The sidecar reads a row at a fraction of what the executor spends on it. */
#define REMOTE_ROW_FACTOR 0.02
/* Receiving a row, relative to fetching one from a heap page. */
#define TRANSFER_FACTOR 0.5

static inline RelPlan *
rel_plan(RelOptInfo *rel)
{
	return rel == NULL ? NULL : (RelPlan *) rel->fdw_private;
}

/* rel_plan.c */
extern Oid	rel_plan_user(RelOptInfo *rel);
extern void rel_plan_scope(PlannerInfo *root, RelOptInfo *rel,
						   ShipScope *scope);
extern const char *rel_plan_reason(const char *what, const char *why);
extern const char *rel_plan_local_reason(RelPlan *plan);
extern void rel_plan_keep_local(RelPlan *plan, Node *condition,
								const char *why);
extern void rel_plan_stop(RelOptInfo *rel, const char *what, const char *why);
extern const char *rel_plan_refuse_values(const ShipScope *scope,
										  Node *exprs);

/* table_path.c */
extern void table_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern void table_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern List *table_attributes(Bitmapset *used, Oid relid);
/* What the sidecar may leave out rows by, of a condition applied here. */
extern List *table_implied(const ShipScope *scope, RelOptInfo *rel,
						   RestrictInfo *info);

/* partial_path.c */
extern void partial_paths(PlannerInfo *root, RelOptInfo *rel);
extern bool partial_paths_allowed(PlannerInfo *root, RelOptInfo *rel,
								  RangeTblEntry *rte);

/* param_path.c */
extern void param_paths(PlannerInfo *root, RelOptInfo *rel);
/* The clause of a chosen path, with other tables' columns as parameters. */
extern Expr *param_clause(PlannerInfo *root, RelOptInfo *rel, Expr *clause);

/* join_path.c */
extern void join_paths(PlannerInfo *root, RelOptInfo *joinrel,
					   RelOptInfo *outerrel, RelOptInfo *innerrel,
					   JoinType jointype, JoinPathExtraData *extra);

/* sort_path.c */
extern void sort_paths_of_rel(PlannerInfo *root, RelOptInfo *rel);
extern void sort_upper_paths(PlannerInfo *root, RelOptInfo *input,
							 RelOptInfo *ordered);
extern void limit_upper_paths(PlannerInfo *root, RelOptInfo *input,
							  RelOptInfo *final, FinalPathExtraData *extra);
extern Expr *sort_expression(PlannerInfo *root, RelOptInfo *rel,
							 PathKey *key, Oid *sortop, const char **reason);

/* upper_path.c */
extern void upper_paths(PlannerInfo *root, UpperRelationKind stage,
						RelOptInfo *input, RelOptInfo *output, void *extra);
extern void upper_cheapest(RelOptInfo *output, Cost *startup, Cost *total);

/*
 * pieces.c: a query whose first outputs are these, NULL if there is none;
 * "flags" and "pathkeys" are the path's.
 */
extern Query *pieces_query(PlannerInfo *root, RelOptInfo *rel, List *outputs,
						   int flags, List *pathkeys);

/* scan_plan.c */
extern ForeignScan *scan_plan(PlannerInfo *root, RelOptInfo *rel, Oid relid,
							  ForeignPath *path, List *tlist,
							  List *scan_clauses, Plan *outer_plan);

#endif							/* DATRANG_REL_PLAN_H */
