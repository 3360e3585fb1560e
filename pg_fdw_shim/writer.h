/*-------------------------------------------------------------------------
 *
 * writer.h
 *	  Uploads what a command does to one native table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_WRITER_H
#define DATRANG_WRITER_H

#include "access/xlogdefs.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

typedef struct Writer Writer;

/* For one command; lives in the current memory context. */
extern Writer *writer_begin(Relation table, CommandId cid);

extern void writer_insert(Writer *writer, TupleTableSlot *slot);

/* "read_at": the row was read there or later. */
extern void writer_delete(Writer *writer, ItemPointer row,
						  XLogRecPtr read_at);
extern void writer_truncate(Writer *writer);

/* Uploads what is left. */
extern void writer_end(Writer *writer);

/* Uploads what commands before "curcid" have written: it is to be read. */
extern void writers_flush(CommandId curcid);

/* A native table's row id, as the shim carries it. */
extern void row_id_to_tid(int64 row_id, ItemPointer tid);

#endif							/* DATRANG_WRITER_H */
