/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  An expression's value, or that there is none.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_GUARD_H
#define DATRANG_GUARD_H

#include "nodes/execnodes.h"

/*
 * False, and NULL as the value, if the expression raises an error, other than
 * of the server's and of the transaction's state, or cannot be computed here.
 * Its value is made in the current memory context.  Not while the process is
 * in parallel mode, in which there are no subtransactions.
 */
extern bool guard_evaluate(ExprState *state, ExprContext *econtext,
						   Datum *value, bool *isnull);

/* Is there a subquery in it that has not been run? */
extern bool guard_waits(ExprState *state, ExprContext *econtext);

#endif							/* DATRANG_GUARD_H */
