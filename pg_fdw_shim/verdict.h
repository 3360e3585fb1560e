/*-------------------------------------------------------------------------
 *
 * verdict.h
 *	  PostgreSQL's own answer to a statement that failed in the sidecar.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_VERDICT_H
#define DATRANG_VERDICT_H

#include "nodes/execnodes.h"
#include "statement.h"

typedef struct Verdict Verdict;

/*
 * Runs the query in pieces: raises PostgreSQL's error if there is one, else
 * keeps its rows.  "columns" are the numbers of those that the scan yields; a
 * generic plan is for any values of parameters.
 * Lives in the current memory context.
 */
extern Verdict *verdict_reach(ForeignScanState *node, Query *query,
							  List *columns, Statement *statement,
							  bool is_generic);

/* The next row into the scan's slot, which stays empty at the end. */
extern void verdict_row(Verdict *verdict, ForeignScanState *node);

extern void verdict_end(Verdict *verdict);

#endif							/* DATRANG_VERDICT_H */
