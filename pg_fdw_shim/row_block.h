/*-------------------------------------------------------------------------
 *
 * row_block.h
 *	  Rows in the form the sidecar takes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_ROW_BLOCK_H
#define DATRANG_ROW_BLOCK_H

#include "executor/tuptable.h"
#include "lib/stringinfo.h"

typedef struct RowBlock RowBlock;

/* For rows of a table; lives in the current memory context. */
extern RowBlock *row_block_make(TupleDesc desc);

/* Appends a row as PROTOCOL.md describes it ("row blocks"). */
extern void row_block_append(RowBlock *block, TupleTableSlot *slot,
							 StringInfo out);

#endif							/* DATRANG_ROW_BLOCK_H */
