/*-------------------------------------------------------------------------
 *
 * tuple.h
 *	  From Arrow batches to PostgreSQL's tuples.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_TUPLE_H
#define DATRANG_TUPLE_H

#include "access/tupdesc.h"
#include "arrow.h"

typedef struct TupleReader TupleReader;

/*
 * A reader of rows whose i-th Arrow column is attribute attnums[i] of the
 * descriptor; the last one may be ctid.  Values of a row are valid until the next row is read.
 */
extern TupleReader *tuple_reader_make(TupleDesc desc, List *attnums);

/* Checks that the columns' Arrow types fit; raises an error if not. */
extern void tuple_reader_schema(TupleReader *reader,
								const ArrowSchema *schema);

/* Checks the strings of the batch.  It is read once, from row 0 on. */
extern void tuple_reader_batch(TupleReader *reader, const ArrowBatch *batch);

/* Sets the row's ctid, if it is among the attributes. */
extern void tuple_reader_tid(TupleReader *reader, int64 row, ItemPointer tid);

/* Fills the places of the reader's attributes and no others. */
extern void tuple_reader_row(TupleReader *reader, int64 row,
							 Datum *values, bool *isnull);

#endif							/* DATRANG_TUPLE_H */
