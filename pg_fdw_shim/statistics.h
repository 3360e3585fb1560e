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

#endif							/* DATRANG_STATISTICS_H */
