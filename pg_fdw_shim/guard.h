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
 * False, and NULL as the value, if the expression raises an error of its data.
 * Its value is made in the current memory context.  Not while the process is
 * in parallel mode, in which there are no subtransactions.
 */
extern bool guard_evaluate(ExprState *state, ExprContext *econtext,
						   Datum *value, bool *isnull);

#endif							/* DATRANG_GUARD_H */
