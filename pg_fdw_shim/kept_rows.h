/*-------------------------------------------------------------------------
 *
 * kept_rows.h
 *	  Rows of a request, for runs of its scan that would send the same.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_KEPT_ROWS_H
#define DATRANG_KEPT_ROWS_H

#include "nodes/execnodes.h"

typedef struct KeptRows KeptRows;

/* Whether all runs of the scan send the same request. */
extern bool kept_rows_fit(ForeignScanState *node);

/* They begin with the next run, and live in the current memory context. */
extern KeptRows *kept_rows_make(ForeignScanState *node);
extern void kept_rows_rewind(KeptRows *kept);

/* Into the scan's slot; false if there are no more. */
extern bool kept_rows_next(KeptRows *kept, ForeignScanState *node);

/* The row in the scan's slot, after the last one was read. */
extern void kept_rows_add(KeptRows *kept, ForeignScanState *node);
extern void kept_rows_end(KeptRows *kept);

#endif							/* DATRANG_KEPT_ROWS_H */
