/*-------------------------------------------------------------------------
 *
 * key_set.h
 *	  Semi-join reduction: the keys of a heap table travel to the sidecar.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_KEY_SET_H
#define DATRANG_KEY_SET_H

#include "nodes/pathnodes.h"

/* More keys than this are not sent; the scan then asks for all rows. */
#define KEY_SET_MAX 100000
#define KEY_SET_BYTES_MAX (8 * 1024 * 1024)

/* Keys that all rows of a table that matter have one of. */
typedef struct KeySet
{
	RelOptInfo *rel;			/* the columnar table */
	Index		source;			/* the heap table's range table index */
	ScalarArrayOpExpr *condition;	/* its array is not known yet */
	PlannerInfo *subroot;		/* of the query for the keys */
	Path	   *path;			/* of it */
	double		keys;			/* expected number */
	Selectivity selectivity;	/* of the condition */
} KeySet;

/* Finds the key sets of a columnar table. */
extern List *key_set_find(PlannerInfo *root, RelOptInfo *rel);

/* Adds the path that uses those of the relation's tables. */
extern void key_set_paths(PlannerInfo *root, RelOptInfo *rel);

/* The key sets a path uses, NIL for most. */
extern List *key_set_of_path(ForeignPath *path);

/*
 * The condition, with the parameter that will hold the keys.  Makes the
 * InitPlan that collects them.
 */
extern Expr *key_set_plan(PlannerInfo *root, KeySet *set);

/* "t.k by public.h.k", for EXPLAIN. */
extern char *key_set_describe(PlannerInfo *root, KeySet *set);

#endif							/* DATRANG_KEY_SET_H */
