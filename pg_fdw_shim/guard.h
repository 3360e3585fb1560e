/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  An expression's value, or that there is none; work that may fail.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_GUARD_H
#define DATRANG_GUARD_H

#include "nodes/execnodes.h"

/*
 * Is an error with this SQLSTATE one of what is computed, not of the server's
 * and of the transaction's state?  Who needs the value meets it again.
 */
extern bool guard_is_of_value(int sqlstate);

/*
 * Runs it in a subtransaction.  False if it raised an error that is to be
 * ignored; others are raised.  Not while the process is in parallel mode, in
 * which there are no subtransactions.
 */
extern bool guard_run(void (*run) (void *), void *arg, bool (*ignore) (int));

/*
 * False, and NULL as the value, if the expression raises an error of its
 * value, or cannot be computed here.  Its value is made in the current memory
 * context.  Not in parallel mode.
 */
extern bool guard_evaluate(ExprState *state, ExprContext *econtext,
						   Datum *value, bool *isnull);

/* Is there a subquery in it that has not been run? */
extern bool guard_waits(ExprState *state, ExprContext *econtext);

#endif							/* DATRANG_GUARD_H */
