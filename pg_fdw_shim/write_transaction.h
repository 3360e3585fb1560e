/*-------------------------------------------------------------------------
 *
 * write_transaction.h
 *	  What the running transaction has written to native tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_WRITE_TRANSACTION_H
#define DATRANG_WRITE_TRANSACTION_H

#include "lib/stringinfo.h"

/*
 * Begins a chunk: what one command writes and one message publishes.  The
 * transaction sees it from its next command on.
 */
extern uint64 write_chunk_begin(CommandId cid);

/* Writes (transaction ...); the transaction gets an id. */
extern void write_append_transaction(StringInfo request);

/* Writes (own ...) with what commands before "curcid" wrote, if they did. */
extern void write_append_own(StringInfo request, CommandId curcid);

/* Writes what the sidecar worded to WAL: it counts if the commit does. */
extern void write_log(const char *head, const StringInfo rows);

#endif							/* DATRANG_WRITE_TRANSACTION_H */
