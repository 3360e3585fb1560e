/*-------------------------------------------------------------------------
 *
 * lookahead.h
 *	  Rows read ahead, for scans that run once for each of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_LOOKAHEAD_H
#define DATRANG_LOOKAHEAD_H

#include "nodes/execnodes.h"

/* lookahead_plan.c */

/*
 * Puts nodes that can read ahead where scans of a plan run once for each row.
 * Not for cursors.
 */
extern void lookahead_add(PlannedStmt *plan);

/* lookahead.c */

typedef struct Lookahead Lookahead;

extern CustomScan *lookahead_make(int id, bool may_fail, List *params,
								  List *values);
extern void lookahead_install(void);

/* The node of a running statement; NULL if there is none. */
extern Lookahead *lookahead_find(EState *estate, int id);

/*
 * Reads up to so many rows beyond the current one, unless there are some
 * already; returns how many there are.
 */
extern int	lookahead_fill(Lookahead *ahead, int rows);

/*
 * Sets the executor's parameters as they will be for one of these rows; and
 * as they were.
 */
extern void lookahead_enter(Lookahead *ahead, int row);
extern void lookahead_leave(Lookahead *ahead);

#endif							/* DATRANG_LOOKAHEAD_H */
