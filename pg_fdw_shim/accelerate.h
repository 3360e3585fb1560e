/*-------------------------------------------------------------------------
 *
 * accelerate.h
 *	  Heap tables answered from their mirrors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_ACCELERATE_H
#define DATRANG_ACCELERATE_H

#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"

extern void accelerate_install(void);

/* May statements of this session be answered from mirrors at this moment? */
extern bool accelerate_is_on(void);

/*
 * The columnar table that holds what the heap table does, locked; invalid if
 * there is none that is followed.
 */
extern Oid	accelerate_mirror(RangeTblEntry *rte);

/* The mirror's column; 0 if it is not the same as the heap table's. */
extern AttrNumber accelerate_column(Oid mirror, Oid heap, AttrNumber attnum);

/* Is reading the mirrors worth it, where the plan reads the heap tables? */
extern bool accelerate_pays(Query *query, Plan *plan);

/*
 * Keeps the query with its plan, which is made anew where it must not run,
 * and the names of the tables for EXPLAIN.
 */
extern void accelerate_note(PlannedStmt *plan, Query *original, List *names);

#endif							/* DATRANG_ACCELERATE_H */
