/*-------------------------------------------------------------------------
 *
 * statistics.h
 *	  What the planner knows of the values of columnar tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_STATISTICS_H
#define DATRANG_STATISTICS_H

#include "nodes/pathnodes.h"

extern void statistics_install(void);

/* Are there statistics of every column the expressions name? */
extern bool statistics_cover(PlannerInfo *root, RelOptInfo *rel, List *exprs);

/*
 * The table's number of rows, if the sidecar said it less than a minute ago;
 * what it says is to be kept.
 */
extern bool statistics_rows(Oid relid, double *rows);
extern void statistics_keep_rows(Oid relid, double rows);

#endif							/* DATRANG_STATISTICS_H */
