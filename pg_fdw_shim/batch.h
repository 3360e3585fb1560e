/*-------------------------------------------------------------------------
 *
 * batch.h
 *	  Scans that run once for each row of other tables, many in one request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_BATCH_H
#define DATRANG_BATCH_H

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

/* What FDW_PRIVATE_BATCH lists. */
enum BatchPrivate
{
	BATCH_HEAD,					/* String: the request up to the rows */
	BATCH_TAIL,					/* String: what follows them */
	BATCH_KINDS,				/* ints, one for each of its expressions */
	BATCH_FIRST,				/* Integer: where these begin in fdw_exprs */
	BATCH_LOOKAHEAD				/* Integer: who knows the rows to come; 0 if
								 * nobody does */
};

/* Kinds of expressions; others are lists of the values of the n-th. */
#define BATCH_VALUE (-1)		/* the same for all rows */
#define BATCH_COLUMN 0			/* one of a row */

/* batch_plan.c */

/* The relation that is made of the rows, in a request of many. */
static inline int
batch_alias(PlannerInfo *root)
{
	return list_length(root->parse->rtable) + 1000;
}

/*
 * The list for FDW_PRIVATE_BATCH, or NIL: the scan's SELECT for many rows at a
 * time.  Appends its expressions to *params.
 */
extern List *batch_plan(PlannerInfo *root, RelOptInfo *rel, List *outputs,
						List *conditions, int flags, List *pathkeys,
						List **params);

/* batch.c */

typedef struct Batch Batch;

extern Batch *batch_begin(ForeignScanState *node, List *attnums);

/* May the run that begins be answered from a batch?  Asks for one if so. */
extern bool batch_start(Batch *batch);

/* Its next row, into the scan's slot; false at the end. */
extern bool batch_row(Batch *batch);

#endif							/* DATRANG_BATCH_H */
